# what: a service that was started and never enabled
# expect: d-plain\.service is no longer active: it is not enabled
# broken: ! systemctl is-active -q d-plain.service
# foretold: unit d-plain\.service: it is started, not enabled
cat >/etc/systemd/system/d-plain.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl start d-plain.service
