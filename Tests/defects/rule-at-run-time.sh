# what: a routing rule that nothing adds at a boot
# expect: routing rule 4242: .*is gone
# broken: ! ip rule show | grep -q ^4242
# foretold: network rule 4242
ip rule add priority 4242 from 203.0.113.77 lookup main
