# what: a line in fstab that was never mounted: the next boot mounts over the data
# expect: /srv/d-data is hidden by a mount
# broken: test ! -e /srv/d-data/precious
# foretold: mount /srv/d-data: .*it will hide 1
mkdir -p /srv/d-data
echo precious >/srv/d-data/precious
truncate -s 16M /var/d-disk.img
mkfs.ext4 -q /var/d-disk.img
echo '/var/d-disk.img /srv/d-data ext4 loop,nofail 0 0' >>/etc/fstab
systemctl daemon-reload
