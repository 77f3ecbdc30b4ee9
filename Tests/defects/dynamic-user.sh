# what: a service with a user that is made for it
# expect: nothing
cat >/etc/systemd/system/h-dynamic.service <<'UNIT'
[Service]
DynamicUser=yes
StateDirectory=h-dynamic
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-dynamic.service
