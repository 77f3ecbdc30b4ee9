# what: a setting below /sys that tmpfiles.d writes
# expect: nothing
echo 'w /sys/kernel/mm/transparent_hugepage/defrag - - - - madvise' >/etc/tmpfiles.d/h-thp.conf
systemd-tmpfiles --create /etc/tmpfiles.d/h-thp.conf
