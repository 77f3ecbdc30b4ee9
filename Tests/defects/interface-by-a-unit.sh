# what: an interface that a unit makes
# expect: nothing
cat >/etc/systemd/system/h-link.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip link add h-dummy0 type dummy
ExecStart=/usr/sbin/ip link set h-dummy0 up
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-link.service
