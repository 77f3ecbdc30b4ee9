# what: compressed swap that nothing sets up
# expect: zram zram0 is gone
# broken: test "$(cat /sys/block/zram0/disksize 2>/dev/null || echo 0)" = 0
# foretold: mount zram zram0
modprobe zram num_devices=1
echo 32M >/sys/block/zram0/disksize
mkswap -q /dev/zram0
swapon /dev/zram0
