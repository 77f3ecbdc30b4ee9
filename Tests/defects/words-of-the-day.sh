# what: files in /etc that people write
# expect: nothing
echo karibu >/etc/motd
echo 'debian ALL=(ALL) NOPASSWD: /bin/true' >/etc/sudoers.d/h-note
chmod 440 /etc/sudoers.d/h-note
printf 'ClientAliveInterval 60\n' >/etc/ssh/sshd_config.d/20-h.conf
systemctl reload ssh.service
