# what: hardening in sysctl.d that takes effect at the boot, as for every host with ufw
# expect: nothing
printf 'net.ipv4.conf.all.accept_redirects=0\nnet.ipv4.conf.default.accept_redirects=0\nnet.ipv6.conf.all.accept_redirects = 0\nnet.ipv6.conf.default.accept_redirects = 0\nkernel.sysrq=0\n' >/etc/sysctl.d/60-h.conf
