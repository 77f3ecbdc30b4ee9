# what: a service whose environment is a file in /tmp
# expect: d-env\.service
# broken: ! systemctl is-active -q d-env.service
# foretold: unit d-env\.service: EnvironmentFile=/tmp/d-env
echo A=b >/tmp/d-env
cat >/etc/systemd/system/d-env.service <<'UNIT'
[Service]
EnvironmentFile=/tmp/d-env
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-env.service
