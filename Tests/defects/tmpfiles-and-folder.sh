# what: a folder in /run that tmpfiles.d makes
# expect: nothing
echo 'd /run/h-app 0755 root root -' >/etc/tmpfiles.d/h.conf
systemd-tmpfiles --create /etc/tmpfiles.d/h.conf
cat >/etc/systemd/system/h-app.service <<'UNIT'
[Service]
WorkingDirectory=/run/h-app
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-app.service
