# what: an enabled step that ends by itself
# expect: nothing
cat >/etc/systemd/system/h-step.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-step.service
