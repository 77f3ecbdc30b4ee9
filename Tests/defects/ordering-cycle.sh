# what: two services that wait for each other: systemd drops one
# expect: d-cycle-[ab]\.service .*ordering cycle
# broken: ! systemctl is-active -q d-cycle-a.service || ! systemctl is-active -q d-cycle-b.service
# foretold: unit d-cycle-[ab]\.service: ordering cycle
cat >/etc/systemd/system/d-cycle-a.service <<'UNIT'
[Unit]
After=d-cycle-b.service
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-cycle-a.service
cat >/etc/systemd/system/d-cycle-b.service <<'UNIT'
[Unit]
After=d-cycle-a.service
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-cycle-b.service
