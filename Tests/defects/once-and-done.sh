# what: a named program of systemd-run that has ended, and one that runs
# expect: nothing
systemd-run --unit=h-done /bin/true
systemd-run --unit=h-going /bin/sleep 999999
