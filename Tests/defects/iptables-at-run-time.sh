# what: a rule of iptables that no file has: a port is open to all after a boot
# expect: (chain ip filter INPUT|port 8098 .*answers from outside, and did not before)
# broken: ! iptables -S INPUT | grep -q 8098
# foretold: firewall chain ip filter INPUT: no file
cat >/etc/systemd/system/d-metrics.service <<'UNIT'
[Service]
ExecStart=/usr/bin/python3 -m http.server 8098 --directory /usr/share/doc
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-metrics.service
iptables -A INPUT -p tcp --dport 8098 -j DROP
