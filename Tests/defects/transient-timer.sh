# what: a named timer of systemd-run, which is gone with its time by design
# expect: nothing
systemd-run --unit=h-rollback --on-active=86400 /bin/true
