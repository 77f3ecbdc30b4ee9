# what: timers that count from the calendar and from the boot
# expect: nothing
cat >/etc/systemd/system/h-daily.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/true
UNIT
systemctl daemon-reload
systemctl start h-daily.service
cat >/etc/systemd/system/h-daily.timer <<'UNIT'
[Timer]
OnCalendar=daily
Persistent=true
[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload
systemctl enable --now h-daily.timer
