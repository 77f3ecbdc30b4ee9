#!/bin/sh
# Builds a bootable Debian cloud image from a Debian mirror: no loop device, no root file system mounted, no root needed
# beyond what mmdebstrap itself asks for. Called by boma-it when the official image can't be downloaded.
#
# usage: build-debian-image.sh SUITE MIRROR WORKDIR OUTPUT.qcow2
#
# The result has what Debian's genericcloud image has for this purpose: cloud kernel, cloud-init with NoCloud, netplan
# over networkd, resolved, OpenSSH, sudo, Python. It boots by UEFI only (systemd-boot instead of GRUB).
set -eu
suite=$1 mirror=$2 work=$3 output=$4
size_mib=3072 esp_mib=128

packages=linux-image-cloud-amd64,systemd-sysv,systemd-resolved,systemd-timesyncd,dbus,udev,cloud-init,cloud-guest-utils
packages=$packages,netplan.io,openssh-server,sudo,python3,python3-apt,qemu-guest-agent,util-linux-extra,e2fsprogs,fdisk
packages=$packages,iproute2,iputils-ping,nftables,ca-certificates,apt-utils,less,kmod,procps,libpam-systemd,zstd

mkdir -p "$work/esp"
# Without root, mmdebstrap's hooks run as a subordinate user of ours that has no rights of our own.
chmod 0777 "$work" "$work/esp"

# Runs inside the new tree, before it is turned into a file system.
cat >"$work/customize.sh" <<'CUSTOMIZE'
set -eu
root=$1
cat >"$root/etc/fstab" <<'FSTAB'
LABEL=boma-root / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1
FSTAB
cat >"$root/etc/cloud/cloud.cfg.d/90-boma-it.cfg" <<'CLOUD'
datasource_list: [NoCloud, None]
CLOUD
rm -f "$root/etc/machine-id" "$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub
: >"$root/etc/machine-id"
echo debian >"$root/etc/hostname"
# The classic first-boot race: apt's timers hold the dpkg lock while the first play wants it.
for unit in apt-daily.timer apt-daily-upgrade.timer; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/var/log/journal"
rm -rf "$root/var/lib/apt/lists/"* "$root/var/cache/apt/archives/"*.deb
# Empty and new would read as "just updated" to whoever looks at the age, such as Ansible's apt module.
rm -f "$root/var/lib/apt/periodic/update-success-stamp"
touch -d @0 "$root/var/lib/apt/lists"
CUSTOMIZE

# The tree becomes an ext4 file system inside mmdebstrap's own namespace, where owners are right without root.
cat >"$work/pack.sh" <<'PACK'
set -eu
root=$1 work=$2 mib=$3
cp "$root"/boot/vmlinuz-* "$work/esp/vmlinuz"
cp "$root"/boot/initrd.img-* "$work/esp/initrd.img"
truncate -s "${mib}M" "$work/root.img"
# Seen through a bind mount, the tree is without /proc and whatever else mmdebstrap has mounted in it.
mkdir -m 0755 "$work/tree"
mount --bind "$root" "$work/tree"
mkfs.ext4 -q -F -L boma-root -d "$work/tree" "$work/root.img" || code=$?
umount "$work/tree"
exit "${code:-0}"
PACK

echo "installing $suite from $mirror"
mmdebstrap --quiet --variant=minbase --format=null --include="$packages" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=path-exclude=/usr/share/man/* --dpkgopt=path-exclude=/usr/share/doc/* \
    --customize-hook="sh '$work/customize.sh' \"\$1\"" \
    --customize-hook="sh '$work/pack.sh' \"\$1\" '$work' $((size_mib - esp_mib - 2))" \
    "$suite" - "$mirror"

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
