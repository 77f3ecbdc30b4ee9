# what: a service that is enabled with --runtime
# expect: d-runtime\.service is no longer active
# broken: ! systemctl is-active -q d-runtime.service
# foretold: unit d-runtime\.service: it is (enabled until|started)
cat >/etc/systemd/system/d-runtime.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --runtime --now d-runtime.service
