# what: how far a disk reads ahead, set by hand
# expect: vda/queue/read_ahead_kb is .*, was 512
# broken: ! grep -qx 512 /sys/block/vda/queue/read_ahead_kb
# foretold: no
echo 512 >/sys/block/vda/queue/read_ahead_kb
