# what: files that a service makes in /run and names anew
# expect: nothing
cat >/etc/systemd/system/h-scratch.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'mktemp /run/h-job-XXXXXXXX; touch /run/h-ready; exec sleep infinity'
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now h-scratch.service
