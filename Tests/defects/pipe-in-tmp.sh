# what: a service that reads a pipe in /tmp, which somebody made
# expect: d-reader\.service
# broken: ! systemctl is-active -q d-reader.service
# foretold: no
mkfifo /tmp/d-pipe
cat >/etc/systemd/system/d-reader.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'exec 3<>/tmp/d-pipe; test -p /tmp/d-pipe && exec sleep infinity'
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-reader.service
