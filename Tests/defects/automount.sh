# what: a mount that is made when it is looked at
# expect: nothing
mkdir -p /srv/h-auto
cat >'/etc/systemd/system/srv-h\x2dauto.mount' <<'UNIT'
[Mount]
What=tmpfs
Where=/srv/h-auto
Type=tmpfs
UNIT
cat >'/etc/systemd/system/srv-h\x2dauto.automount' <<'UNIT'
[Automount]
Where=/srv/h-auto
TimeoutIdleSec=10
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now 'srv-h\x2dauto.automount'
ls /srv/h-auto
