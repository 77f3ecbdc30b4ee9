# what: a service whose unit lies in /run
# expect: d-rununit\.service is no longer active
# broken: ! systemctl is-active -q d-rununit.service
# foretold: unit d-rununit\.service: .*(/run|not enabled)
printf '[Service]\nExecStart=/bin/sleep infinity\n' >/run/systemd/system/d-rununit.service
systemctl daemon-reload
systemctl start d-rununit.service
