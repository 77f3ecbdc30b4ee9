# what: a step whose condition asks for its own mark not to be there
# expect: nothing
cat >/etc/systemd/system/h-once.service <<'UNIT'
[Unit]
ConditionPathExists=!/var/lib/h-once
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/touch /var/lib/h-once
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-once.service
