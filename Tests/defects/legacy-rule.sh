# what: a rule in the tables of the old iptables, which nft does not show: a port is open to all after a boot
# expect: iptables-legacy|port 8099 .*answers from outside, and did not before
# broken: ! iptables-legacy -S INPUT | grep -q 8099
# foretold: firewall ip filter INPUT: .*iptables-legacy
cat >/etc/systemd/system/d-admin.service <<'UNIT'
[Service]
ExecStart=/usr/bin/python3 -m http.server 8099 --directory /usr/share/doc
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-admin.service
iptables-legacy -A INPUT -p tcp --dport 8099 -j DROP
