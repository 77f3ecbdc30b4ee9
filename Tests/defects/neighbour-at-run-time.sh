# what: a neighbour that was set by hand
# expect: neighbour 192\.0\.2\.99 dev .* is gone
# broken: ! ip neigh show | grep -q 192.0.2.99
# foretold: network neighbour 192\.0\.2\.99
ip neigh add 192.0.2.99 lladdr 52:54:00:00:00:99 nud permanent dev "$(ip -o route show default | sed 's/.* dev //; s/ .*//')"
