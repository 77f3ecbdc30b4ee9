# what: a table that a unit of its own loads
# expect: nothing
cat >/etc/h-table.nft <<'NFT'
table inet h-table {
  chain input {
    type filter hook input priority 7; policy accept;
    tcp dport 9998 drop
  }
}
NFT
cat >/etc/systemd/system/h-table.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/h-table.nft
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-table.service
