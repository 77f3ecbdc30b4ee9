# what: a service whose folder in /run was made by hand
# expect: d-rundir\.service.*(failed|no longer active|keeps restarting)
# broken: ! systemctl is-active -q d-rundir.service
# foretold: unit d-rundir\.service: WorkingDirectory=/run/d-app
mkdir -p /run/d-app
cat >/etc/systemd/system/d-rundir.service <<'UNIT'
[Service]
WorkingDirectory=/run/d-app
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-rundir.service
