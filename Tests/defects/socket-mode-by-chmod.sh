# what: the mode of a socket, set by hand: an agent is locked out of the new one
# expect: /run/d-agent\.sock is socket 0600
# broken: stat -c %a /run/d-agent.sock | grep -qx 600
# foretold: no
cat >/usr/local/bin/d-agent <<'PYTHON'
#!/usr/bin/python3
import os, socket, time
path = "/run/d-agent.sock"
if os.path.exists(path):
    os.unlink(path)
os.umask(0o177)
s = socket.socket(socket.AF_UNIX)
s.bind(path)
s.listen()
time.sleep(1e9)
PYTHON
chmod +x /usr/local/bin/d-agent
cat >/etc/systemd/system/d-agent.service <<'UNIT'
[Service]
ExecStart=/usr/local/bin/d-agent
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-agent.service
for try in 1 2 3 4 5 6 7 8; do [ ! -S /run/d-agent.sock ] || break; sleep 1; done
chmod 666 /run/d-agent.sock
