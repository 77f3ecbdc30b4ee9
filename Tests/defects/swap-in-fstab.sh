# what: swap that fstab turns on
# expect: nothing
dd if=/dev/zero of=/var/h-swap bs=1M count=16 status=none
chmod 600 /var/h-swap
mkswap -q /var/h-swap
swapon /var/h-swap
echo '/var/h-swap none swap sw 0 0' >>/etc/fstab
systemctl daemon-reload
