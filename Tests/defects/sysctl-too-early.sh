# what: a setting in sysctl.d of a module that is loaded later
# expect: net/bridge/bridge-nf-call-iptables|nf_conntrack_max is 
# broken: ! grep -qx 54321 /proc/sys/net/netfilter/nf_conntrack_max
# foretold: no
sysctl -qw net.netfilter.nf_conntrack_max=54321
