# shellcheck shell=sh
# Run as root in a guest that was restored from a memory image: renews everything that must not be the same in two
# machines from one image, and sets the clock, which stands where it stood when the image was made.
# Its parameters are variables, set in front of it by the caller: now, login, old_key, new_key, host_key, host_key_pub.
set -eu
: "${now:?}" "${login:?}" "${old_key:?}" "${new_key:?}" "${host_key:?}" "${host_key_pub:?}"

# The emulated hardware clock follows the host's; it is as good as the caller's idea of now, and not a handshake old.
hardware=$(cat /sys/class/rtc/rtc0/since_epoch 2>/dev/null || echo 0)
[ "$hardware" -ge "$now" ] || hardware=$now
date --utc --set="@$hardware" >/dev/null

# libvirt gives every restored machine another generation id, and the kernel then reseeds before anybody asks it for
# more (drivers/virt/vmgenid.c). Without that, two machines would go on with the same random numbers.
dmesg | grep -q 'crng reseeded due to virtual machine fork' || {
    echo 'the kernel did not notice the restore: its random numbers would repeat' >&2
    exit 70
}
head -c 512 /dev/urandom >/var/lib/systemd/random-seed

old_id=$(cat /etc/machine-id)
read -r new_id </proc/sys/kernel/random/uuid
new_id=$(printf %s "$new_id" | tr -d -)
printf '%s\n' "$new_id" >/etc/machine-id
# The journal lies in a folder named after the machine; without the move its earlier boots could not be found any more.
for journal in /var/log/journal /run/log/journal; do
    [ ! -d "$journal/$old_id" ] || mv "$journal/$old_id" "$journal/$new_id"
done
# Not waited for: whoever asks the journal next waits for it at its socket.
systemctl --no-block restart systemd-journald.service

home=$(getent passwd "$login" | cut -d: -f6)
{
    grep -vxF "$old_key" "$home/.ssh/authorized_keys" || true
    printf '%s\n' "$new_key"
} >"$home/.ssh/authorized_keys.new"
chown --reference="$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys.new"
chmod --reference="$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys.new"
mv "$home/.ssh/authorized_keys.new" "$home/.ssh/authorized_keys"

umask 077
printf '%s\n' "$host_key" >/etc/ssh/ssh_host_ed25519_key
printf '%s\n' "$host_key_pub" >/etc/ssh/ssh_host_ed25519_key.pub
chmod 0644 /etc/ssh/ssh_host_ed25519_key.pub
# What "systemctl reload ssh" does, without the client that takes a quarter of a second under emulation.
if [ -s /run/sshd.pid ]; then kill -HUP "$(cat /run/sshd.pid)"; else systemctl reload ssh.service; fi
printf '%s\n' "$new_id"
cat /proc/sys/kernel/random/boot_id
