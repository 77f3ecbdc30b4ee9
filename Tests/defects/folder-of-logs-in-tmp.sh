# what: a service whose folder in /tmp is asked for
# expect: d-worker-tmp\.service
# broken: ! systemctl is-active -q d-worker-tmp.service
# foretold: unit d-worker-tmp\.service: ReadWritePaths=/tmp/d-work
mkdir -p /tmp/d-work
cat >/etc/systemd/system/d-worker-tmp.service <<'UNIT'
[Service]
ProtectSystem=strict
ReadWritePaths=/tmp/d-work
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-worker-tmp.service
