# what: a setting that is written to /proc/sys
# expect: fs/inotify/max_user_instances is 
# broken: ! grep -qx 777 /proc/sys/fs/inotify/max_user_instances
# foretold: no
echo 777 >/proc/sys/fs/inotify/max_user_instances
