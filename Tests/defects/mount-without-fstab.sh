# what: a mount that no line in fstab makes
# expect: /srv/d-tmp is not mounted
# broken: ! mountpoint -q /srv/d-tmp
# foretold: mount /srv/d-tmp: it was mounted by hand
mkdir -p /srv/d-tmp
mount -t tmpfs tmpfs /srv/d-tmp
