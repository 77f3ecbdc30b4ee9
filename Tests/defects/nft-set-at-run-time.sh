# what: a set with members that no file loads
# expect: d-set
# broken: ! nft list table inet d-set-table
# foretold: firewall chain inet d-set-table input
nft add table inet d-set-table
nft 'add set inet d-set-table d-set { type ipv4_addr; elements = { 203.0.113.7 }; }'
nft 'add chain inet d-set-table input { type filter hook input priority 6; policy accept; }'
nft add rule inet d-set-table input ip saddr @d-set drop
