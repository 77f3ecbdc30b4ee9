#!/bin/sh
# Builds a bootable Debian cloud image from a Debian mirror: no loop device, no root file system mounted, no root needed
# beyond what mmdebstrap itself asks for. Called by boma-it when the official image can't be downloaded.
#
# usage: build-debian-image.sh SUITE MIRROR WORKDIR OUTPUT.qcow2
#
# The result has what Debian's genericcloud image has for this purpose: cloud kernel, cloud-init with NoCloud, netplan
# over networkd, resolved, OpenSSH, sudo, Python. It boots by UEFI only (systemd-boot instead of GRUB).
set -eu
# A slash at the end would be in sources.list, too.
suite=$1 mirror=${2%/} work=$3 output=$4
size_mib=3072 esp_mib=128

packages=linux-image-cloud-amd64,systemd-sysv,systemd-resolved,systemd-timesyncd,dbus,udev,cloud-init,cloud-guest-utils
packages=$packages,netplan.io,openssh-server,sudo,python3,python3-apt,qemu-guest-agent,util-linux-extra,e2fsprogs,fdisk
packages=$packages,iproute2,iputils-ping,nftables,ca-certificates,apt-utils,less,kmod,procps,libpam-systemd,zstd

tree=$work/tree
mkdir -p "$work/esp"
# Without root, the tree belongs to a subordinate user of ours, as whom mmdebstrap and all that touches the tree run. It has
# no rights of our own.
chmod 0777 "$work" "$work/esp"
as_owner_of_tree() { if [ "$(id -u)" = 0 ]; then "$@"; else mmdebstrap --unshare-helper "$@"; fi; }
trap 'as_owner_of_tree rm -rf --one-file-system "$tree"' EXIT
trap 'exit 143' TERM INT HUP

# What makes the tree a machine's, and the tree a file system. Runs when mmdebstrap has ended, so that nothing is left of
# what it needs meanwhile: a policy-rc.d that forbids services to start, a start-stop-daemon that does nothing.
cat >"$work/finish.sh" <<'FINISH'
set -eu
root=$1 work=$2 mib=$3
# It was for this installation only.
rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap"
cat >"$root/etc/fstab" <<'FSTAB'
LABEL=boma-root / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1
FSTAB
cat >"$root/etc/cloud/cloud.cfg.d/90-boma-it.cfg" <<'CLOUD'
datasource_list: [NoCloud, None]
# As in Debian's own cloud images: the mirror stays, and the login user is in these groups.
apt: {preserve_sources_list: true}
system_info:
  default_user:
    groups: [adm, audio, cdrom, dialout, dip, floppy, netdev, plugdev, sudo, video]
CLOUD
rm -f "$root/etc/machine-id" "$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub
: >"$root/etc/machine-id"
echo debian >"$root/etc/hostname"
# The classic first-boot race: apt's timers hold the dpkg lock while the first play wants it. Not masked: a playbook may well
# enable them.
for timer in apt-daily apt-daily-upgrade; do
    mkdir -p "$root/etc/systemd/system/$timer.timer.d"
    printf '[Timer]\nOnCalendar=\nOnCalendar=2199-01-01\nPersistent=false\n' \
        >"$root/etc/systemd/system/$timer.timer.d/boma-it.conf"
done
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/var/log/journal"
rm -rf "$root/var/lib/apt/lists/"* "$root/var/cache/apt/archives/"*.deb
# Empty and new would read as "just updated" to whoever looks at the age, such as Ansible's apt module.
rm -f "$root/var/lib/apt/periodic/update-success-stamp"
touch -d @0 "$root/var/lib/apt/lists"

cp "$root"/boot/vmlinuz-* "$work/esp/vmlinuz"
cp "$root"/boot/initrd.img-* "$work/esp/initrd.img"
truncate -s "${mib}M" "$work/root.img"
mkfs.ext4 -q -F -L boma-root -d "$root" "$work/root.img"
FINISH

echo "installing $suite from $mirror"
mmdebstrap --quiet --variant=minbase --format=directory --include="$packages" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "5"' "$suite" "$tree" "$mirror"

echo "making the file system"
as_owner_of_tree sh "$work/finish.sh" "$tree" "$work" $((size_mib - esp_mib - 2))

echo "making the boot partition"
esp=$work/esp.img
truncate -s "${esp_mib}M" "$esp"
mkfs.vfat -F 32 -n ESP "$esp" >/dev/null
cat >"$work/loader.conf" <<'LOADER'
timeout 0
default debian
LOADER
cat >"$work/debian.conf" <<'ENTRY'
title Debian
linux /vmlinuz
initrd /initrd.img
options root=LABEL=boma-root rw console=tty0 console=ttyS0,115200n8
ENTRY
mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/loader ::/loader/entries
mcopy -i "$esp" /usr/lib/systemd/boot/efi/systemd-bootx64.efi ::/EFI/BOOT/BOOTX64.EFI
mcopy -i "$esp" "$work/loader.conf" ::/loader/loader.conf
mcopy -i "$esp" "$work/debian.conf" ::/loader/entries/debian.conf
mcopy -i "$esp" "$work/esp/vmlinuz" ::/vmlinuz
mcopy -i "$esp" "$work/esp/initrd.img" ::/initrd.img

echo "putting the disk together"
disk=$work/disk.img
truncate -s "${size_mib}M" "$disk"
# The root partition comes last so that growpart can extend it.
sfdisk --quiet "$disk" <<PARTITIONS
label: gpt
start=1MiB, size=${esp_mib}MiB, type=uefi, name=esp
start=$((esp_mib + 1))MiB, size=$((size_mib - esp_mib - 2))MiB, type=linux, name=root
PARTITIONS
dd if="$esp" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
dd if="$work/root.img" of="$disk" bs=1M seek=$((esp_mib + 1)) conv=notrunc,sparse status=none
qemu-img convert -O qcow2 "$disk" "$output"
echo "done"
