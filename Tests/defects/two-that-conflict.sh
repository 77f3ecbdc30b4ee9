# what: two enabled services that conflict, one of them started after the other was stopped by it
# expect: d-left\.service|d-right\.service
# broken: ! systemctl is-active -q d-left.service || ! systemctl is-active -q d-right.service
# foretold: unit d-(left|right)\.service: it and .* conflict
cat >/etc/systemd/system/d-left.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
cat >/etc/systemd/system/d-right.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-left.service d-right.service
mkdir /etc/systemd/system/d-right.service.d
printf '[Unit]\nConflicts=d-left.service\n' >/etc/systemd/system/d-right.service.d/conflict.conf
systemctl daemon-reload
