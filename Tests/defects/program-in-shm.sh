# what: a service whose program lies in /dev/shm
# expect: d-shm\.service
# broken: ! systemctl is-active -q d-shm.service
# foretold: unit d-shm\.service: ExecStart=/dev/shm/d-sleep
cp /bin/sleep /dev/shm/d-sleep
cat >/etc/systemd/system/d-shm.service <<'UNIT'
[Service]
ExecStart=/dev/shm/d-sleep infinity
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-shm.service
