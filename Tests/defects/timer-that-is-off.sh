# what: a timer of a package that is switched off
# expect: nothing
systemctl disable --now dpkg-db-backup.timer
