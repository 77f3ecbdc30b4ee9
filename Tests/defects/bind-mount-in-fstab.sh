# what: a bind mount that fstab makes
# expect: nothing
mkdir -p /srv/h-bound /var/h-source
echo x >/var/h-source/x
echo '/var/h-source /srv/h-bound none bind 0 0' >>/etc/fstab
systemctl daemon-reload
mount /srv/h-bound
