# what: an enabled step whose condition held when it was set up, and does not at a boot
# expect: d-cond\.service .*ConditionPathExists=/run/d-ready
# broken: ! systemctl is-active -q d-cond.service
# foretold: unit d-cond\.service: ConditionPathExists=/run/d-ready
touch /run/d-ready
cat >/etc/systemd/system/d-cond.service <<'UNIT'
[Unit]
ConditionPathExists=/run/d-ready
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now d-cond.service
