# what: a route that nothing adds at a boot
# expect: route 203\.0\.113\.128/25 .*is gone
# broken: ! ip route show 203.0.113.128/25 | grep -q .
# foretold: network .*203\.0\.113\.128/25
ip route add 203.0.113.128/25 via 192.0.2.1 dev lo onlink 2>/dev/null || ip route add blackhole 203.0.113.128/25
