# what: a setting that a file has and that holds now
# expect: nothing
echo 'vm.swappiness = 11' >/etc/sysctl.d/62-h.conf
sysctl -qp /etc/sysctl.d/62-h.conf
