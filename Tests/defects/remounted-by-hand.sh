# what: other options of a mount, set by hand
# expect: /dev/shm is mounted as
# broken: ! findmnt -no OPTIONS /dev/shm | grep -q noexec
# foretold: no
mount -o remount,noexec /dev/shm
