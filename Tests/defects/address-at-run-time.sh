# what: an address that no file has
# expect: address lo 203\.0\.113\.5/32 is gone
# broken: ! ip address show lo | grep -q 203.0.113.5
# foretold: network lo 203\.0\.113\.5/32
ip address add 203.0.113.5/32 dev lo
