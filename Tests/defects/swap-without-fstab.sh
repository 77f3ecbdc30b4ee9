# what: swap that no line in fstab turns on
# expect: swap /var/d-swap is off
# broken: ! grep -q d-swap /proc/swaps
# foretold: mount swap /var/d-swap
dd if=/dev/zero of=/var/d-swap bs=1M count=16 status=none
chmod 600 /var/d-swap
mkswap -q /var/d-swap
swapon /var/d-swap
