# what: a timer that counts only from the last run of its service
# expect: d-timer\.timer has no next run
# broken: systemctl show -p SubState d-timer.timer | grep -q elapsed
# foretold: unit d-timer\.timer: OnUnitActiveSec
cat >/etc/systemd/system/d-timer.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/true
UNIT
systemctl daemon-reload
systemctl start d-timer.service
cat >/etc/systemd/system/d-timer.timer <<'UNIT'
[Timer]
OnUnitActiveSec=1h
[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload
systemctl enable --now d-timer.timer
systemctl start d-timer.service
