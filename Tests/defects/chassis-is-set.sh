# what: what the bus starts and ends by itself
# expect: nothing
hostnamectl set-chassis vm
