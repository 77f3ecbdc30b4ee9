# what: a setting of TCP that is written to /proc/sys
# expect: net/ipv4/tcp_keepalive_time is 7200, was 321
# broken: grep -qx 7200 /proc/sys/net/ipv4/tcp_keepalive_time
# foretold: no
sysctl -qw net.ipv4.tcp_keepalive_time=321
