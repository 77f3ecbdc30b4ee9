# what: a mount that a unit makes
# expect: nothing
mkdir -p /srv/h-unit
cat >'/etc/systemd/system/srv-h\x2dunit.mount' <<'UNIT'
[Mount]
What=tmpfs
Where=/srv/h-unit
Type=tmpfs
Options=size=8M,nosuid
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now 'srv-h\x2dunit.mount'
