# what: a service that requires a mount that was made by hand
# expect: d-needs\.service|/srv/d-needed is not mounted
# broken: ! systemctl is-active -q d-needs.service
# foretold: mount /srv/d-needed: it was mounted by hand
mkdir -p /srv/d-needed
mount -t tmpfs tmpfs /srv/d-needed
cat >/etc/systemd/system/d-needs.service <<'UNIT'
[Unit]
Requires=srv-d\x2dneeded.mount
After=srv-d\x2dneeded.mount
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-needs.service
