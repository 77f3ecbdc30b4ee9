# what: a route, an address and a rule that a unit adds
# expect: nothing
cat >/etc/systemd/system/h-route.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip route add blackhole 198.51.100.0/25
ExecStart=/usr/sbin/ip address add 198.51.100.200/32 dev lo
ExecStart=/usr/sbin/ip rule add priority 4343 from 198.51.100.77 lookup main
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-route.service
