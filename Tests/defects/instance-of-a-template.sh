# what: an enabled instance of a template
# expect: nothing
cat >/etc/systemd/system/h-one@.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-one@blue.service
