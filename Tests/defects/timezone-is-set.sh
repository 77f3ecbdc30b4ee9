# what: the time zone, by a service that the bus starts and that ends by itself
# expect: nothing
timedatectl set-timezone Africa/Nairobi
hostnamectl >/dev/null
