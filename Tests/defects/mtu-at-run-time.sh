# what: the size of packets of the network card, set by hand
# expect: interface .* is up mtu 1500, was up mtu 1450
# broken: ip -o link show "$(ip -o route show default | sed "s/.* dev //; s/ .*//")" | grep -q "mtu 1500"
# foretold: no
ip link set "$(ip -o route show default | sed 's/.* dev //; s/ .*//')" mtu 1450
