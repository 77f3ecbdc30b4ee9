# what: a service that a socket starts and that ends when idle
# expect: nothing
cat >/etc/systemd/system/h-echo@.service <<'UNIT'
[Service]
ExecStart=/bin/cat
StandardInput=socket
UNIT
cat >/etc/systemd/system/h-echo.socket <<'UNIT'
[Socket]
ListenStream=127.0.0.1:8072
Accept=yes
[Install]
WantedBy=sockets.target
UNIT
systemctl daemon-reload
systemctl enable --now h-echo.socket
