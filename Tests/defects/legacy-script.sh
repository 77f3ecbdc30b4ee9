# what: a script in /etc/init.d
# expect: nothing
cat >/etc/init.d/h-old <<'INIT'
#!/bin/sh
### BEGIN INIT INFO
# Provides: h-old
# Required-Start: $local_fs
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: an old one
### END INIT INFO
case $1 in start) setsid /bin/sleep 888888 >/dev/null 2>&1 </dev/null & ;; esac
INIT
chmod +x /etc/init.d/h-old
update-rc.d h-old defaults
systemctl daemon-reload
systemctl start h-old.service
