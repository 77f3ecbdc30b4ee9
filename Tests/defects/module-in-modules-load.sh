# what: a module that modules-load.d loads
# expect: nothing
echo dummy >/etc/modules-load.d/h.conf
modprobe dummy
