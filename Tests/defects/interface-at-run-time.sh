# what: an interface that nothing makes at a boot
# expect: interface d-dummy0 is gone
# broken: ! ip link show d-dummy0
# foretold: network d-dummy0
modprobe dummy
ip link add d-dummy0 type dummy
ip link set d-dummy0 up
