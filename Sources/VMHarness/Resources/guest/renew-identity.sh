# shellcheck shell=bash
# Run as root in a guest that was restored from a memory image: renews everything that must not be the same in two
# machines from one image, and sets the clock, which stands where it stood when the image was made.
# Its parameters are variables, set in front of it by the caller: now, login, old_key, new_key, host_key_types, and host_key_TYPE and
# host_key_TYPE_pub for each of these.
# It is what a warm start waits for, and starting a program takes tens of milliseconds under emulation: the shell does
# itself what it can, and what takes long runs beside the rest.
set -eu
: "${now:?}" "${login:?}" "${old_key:?}" "${new_key:?}" "${host_key_types:?}"

# The emulated hardware clock follows the host's; it is as good as the caller's idea of now, and not a handshake old.
hardware=0
read -r hardware 2>/dev/null </sys/class/rtc/rtc0/since_epoch || true
[ "$hardware" -ge "$now" ] || hardware=$now
date --utc --set="@$hardware" >/dev/null

# libvirt gives every restored machine another generation id, and the kernel then reseeds before anybody asks it for
# more (drivers/virt/vmgenid.c). Without that, two machines would go on with the same random numbers.
case $(dmesg) in
*'crng reseeded due to virtual machine fork'*) ;;
*)
    echo 'the kernel did not notice the restore: its random numbers would repeat' >&2
    exit 70
    ;;
esac
head -c 512 /dev/urandom >/var/lib/systemd/random-seed &
seeding=$!

read -r old_id </etc/machine-id
read -r new_id </proc/sys/kernel/random/uuid
new_id=${new_id//-/}
printf '%s\n' "$new_id" >/etc/machine-id
# The journal lies in a folder named after the machine; without the move its earlier boots could not be found any more.
for journal in /var/log/journal /run/log/journal; do
    [ ! -d "$journal/$old_id" ] || mv "$journal/$old_id" "$journal/$new_id"
done
# Not waited for: whoever asks the journal next waits for it at its socket.
systemctl --no-block restart systemd-journald.service &
restarting=$!

# Written in place, so that owners and modes stay.
IFS=: read -r _ _ _ _ _ home _ < <(getent passwd "$login")
keys=
while IFS= read -r line || [ -n "$line" ]; do
    [ "$line" = "$old_key" ] || keys+=$line$'\n'
done <"$home/.ssh/authorized_keys"
printf '%s%s\n' "$keys" "$new_key" >"$home/.ssh/authorized_keys"
for type in $host_key_types; do
    file=/etc/ssh/ssh_host_${type}_key private=host_key_$type public=host_key_${type}_pub
    # A playbook may have removed some.
    [ -e "$file" ] || continue
    printf '%s\n' "${!private}" >"$file"
    printf '%s\n' "${!public}" >"$file.pub"
done
# What "systemctl reload ssh" does, without its client.
if [ -s /run/sshd.pid ]; then kill -HUP "$(</run/sshd.pid)"; else systemctl reload ssh.service; fi

wait "$seeding"
wait "$restarting"
printf '%s\n' "$new_id" "$(</proc/sys/kernel/random/boot_id)"
