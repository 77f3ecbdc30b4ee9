# what: a service that waits for a token in /run, gives up and is started again
# expect: d-restart\.service.*keeps restarting
# broken: test "$(systemctl show -p NRestarts --value d-restart.service)" -gt 0
# foretold: no
touch /run/d-token
cat >/etc/systemd/system/d-restart.service <<'UNIT'
[Unit]
StartLimitIntervalSec=0
[Service]
Restart=always
RestartSec=1
ExecStart=/bin/sh -c 'test ! -e /run/d-token || exec sleep infinity; sleep 15; exit 1'
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-restart.service
