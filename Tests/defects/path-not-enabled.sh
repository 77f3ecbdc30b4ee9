# what: a path unit that was started and never enabled
# expect: d-watch\.path is no longer active
# broken: ! systemctl is-active -q d-watch.path
# foretold: unit d-watch\.path: it is started, not enabled
cat >/etc/systemd/system/d-watch.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/true
UNIT
cat >/etc/systemd/system/d-watch.path <<'UNIT'
[Path]
PathChanged=/var/d-watched
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl start d-watch.path
