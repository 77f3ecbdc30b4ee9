# what: a line in /etc/hosts, which cloud-init writes anew at every boot
# expect: /etc/hosts
# broken: ! grep -q d-friend /etc/hosts
# foretold: file /etc/hosts: cloud-init .*d-friend
echo 'manage_etc_hosts: true' >/etc/cloud/cloud.cfg.d/99-d.cfg
echo '203.0.113.9 d-friend' >>/etc/hosts
