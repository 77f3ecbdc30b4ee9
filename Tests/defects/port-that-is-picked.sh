# what: a service that listens on a port that the kernel picks
# expect: nothing
cat >/usr/local/bin/h-picked <<'PYTHON'
#!/usr/bin/python3
import socket, time
s = socket.create_server(("0.0.0.0", 0))
time.sleep(1e9)
PYTHON
chmod +x /usr/local/bin/h-picked
cat >/etc/systemd/system/h-picked.service <<'UNIT'
[Service]
ExecStart=/usr/local/bin/h-picked
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-picked.service
