# what: services that were restarted, with cached data thrown away
# expect: nothing
systemctl restart cron.service systemd-timesyncd.service 2>/dev/null || systemctl restart cron.service
journalctl --rotate
journalctl --vacuum-size=50M
