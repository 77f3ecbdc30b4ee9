# what: a timer that was started and never enabled
# expect: d-tick\.timer is no longer active
# broken: ! systemctl is-active -q d-tick.timer
# foretold: unit d-tick\.timer: it is started, not enabled
cat >/etc/systemd/system/d-tick.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/true
UNIT
cat >/etc/systemd/system/d-tick.timer <<'UNIT'
[Timer]
OnCalendar=daily
[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload
systemctl start d-tick.timer
