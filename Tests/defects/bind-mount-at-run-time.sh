# what: a bind mount that no line in fstab makes
# expect: /srv/d-bound is not mounted
# broken: ! mountpoint -q /srv/d-bound
# foretold: mount /srv/d-bound: it was mounted by hand
mkdir -p /srv/d-bound /var/d-source
echo x >/var/d-source/x
mount --bind /var/d-source /srv/d-bound
