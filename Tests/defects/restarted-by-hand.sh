# what: services that were restarted, with cached data thrown away
# expect: nothing
systemctl restart systemd-journald.service
journalctl --rotate
journalctl --vacuum-size=50M
