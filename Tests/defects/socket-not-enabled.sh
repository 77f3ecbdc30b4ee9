# what: a socket that was started and never enabled
# expect: d-echo\.socket is no longer active
# broken: ! systemctl is-active -q d-echo.socket
# foretold: unit d-echo\.socket: it is started, not enabled
cat >/etc/systemd/system/d-echo@.service <<'UNIT'
[Service]
ExecStart=/bin/cat
StandardInput=socket
UNIT
cat >/etc/systemd/system/d-echo.socket <<'UNIT'
[Socket]
ListenStream=127.0.0.1:8071
Accept=yes
[Install]
WantedBy=sockets.target
UNIT
systemctl daemon-reload
systemctl start d-echo.socket
