# what: a network of Docker with IPv6 that no container uses
# expect: nothing
docker network create --ipv6 --subnet fd00:db8:36::/64 h-net
