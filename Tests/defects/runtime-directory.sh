# what: a service with folders of its own
# expect: nothing
cat >/etc/systemd/system/h-folders.service <<'UNIT'
[Service]
RuntimeDirectory=h-folders
StateDirectory=h-folders
WorkingDirectory=/run/h-folders
PrivateTmp=yes
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-folders.service
