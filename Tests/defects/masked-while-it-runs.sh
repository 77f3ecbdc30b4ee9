# what: a service that is masked while it runs
# expect: d-masked\.service is no longer active
# broken: ! systemctl is-active -q d-masked.service
# foretold: unit d-masked\.service: it is masked
mkdir -p /usr/local/lib/systemd/system
printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >/usr/local/lib/systemd/system/d-masked.service
systemctl daemon-reload
systemctl enable --now d-masked.service
ln -s /dev/null /etc/systemd/system/d-masked.service
systemctl daemon-reload
