# what: a table of nftables that no file loads
# expect: chain inet d-table input
# broken: ! nft list table inet d-table
# foretold: firewall chain inet d-table input
nft add table inet d-table
nft 'add chain inet d-table input { type filter hook input priority 5; policy accept; }'
nft add rule inet d-table input tcp dport 9999 drop
