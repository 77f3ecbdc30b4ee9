# what: a route of IPv6 that nothing adds at a boot
# expect: route .*2001:db8:ffff::/48 .*is gone
# broken: ! ip -6 route show | grep -q 2001:db8:ffff::
# foretold: network .*2001:db8:ffff::/48
ip -6 route add blackhole 2001:db8:ffff::/48
