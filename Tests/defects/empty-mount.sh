# what: a mount in fstab over an empty folder, made at the next boot
# expect: nothing
mkdir -p /srv/h-empty
echo 'tmpfs /srv/h-empty tmpfs nofail 0 0' >>/etc/fstab
systemctl daemon-reload
