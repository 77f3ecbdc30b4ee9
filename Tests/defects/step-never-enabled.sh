# what: a step with RemainAfterExit that was started and never enabled
# expect: d-step\.service is no longer active: it is not enabled
# broken: ! systemctl is-active -q d-step.service
# foretold: unit d-step\.service: it is started, not enabled
cat >/etc/systemd/system/d-step.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl start d-step.service
