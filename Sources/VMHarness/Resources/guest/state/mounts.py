# File systems.

HIDDEN = ("/proc/", "/sys/", "/dev/", "/run/", "/var/lib/docker/", "/var/lib/containers/", "/var/lib/containerd/")
SHOWN = ("/run/lock", "/dev/shm")


def mount_facts(mountinfo, swaps=""):
    facts, automatic = {}, set()
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields, tail = left.split(), right.split()
        if len(fields) < 6 or len(tail) < 2:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), fields[4])
        if point.startswith(HIDDEN) and point not in SHOWN or tail[0] in ("nsfs", "fuse.portal"):
            continue
        if tail[0] == "autofs":
            automatic.add(point)
        options = [one for one in fields[5].split(",") if one in ("ro", "rw", "nosuid", "nodev", "noexec")]
        if len(tail) > 2 and "ro" in tail[2].split(","):  # the file system itself, after an error
            options = ["ro"] + [one for one in options if one not in ("ro", "rw")]
        # Disks may change their names from boot to boot.
        source = "" if tail[1].startswith("/dev/") else f" {tail[1]}"
        facts[point] = f"{tail[0]}{source} {','.join(options)}"
    for point in automatic:
        facts[point] = "autofs"  # what lies on it comes with the first look and goes when idle
    for line in swaps.splitlines()[1:]:
        if line.split() and not line.startswith("/dev/zram"):
            facts[f"swap {line.split()[0]}"] = ""
    return facts


@part
def mounts():
    return mount_facts(read("/proc/self/mountinfo"), read("/proc/swaps") if os.path.exists("/proc/swaps") else "")


def planned_mounts(fstab, units):
    """Mount points that a boot mounts: fstab(5), without noauto, and mount units of this host."""
    found = set()
    for line in fstab.splitlines():
        fields = line.split("#")[0].split() if not line.lstrip().startswith("#") else []
        if len(fields) >= 4 and fields[1].startswith("/") and "noauto" not in fields[3].split(","):
            found.add(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), fields[1]).rstrip("/") or "/")
    for text in units:
        found.update(place.rstrip("/") for place in re.findall(r"^Where=(/\S+)", text, re.M))
    return found - {"/"}


@part
def behind():
    """What lies in folders over which the next boot mounts something that is not mounted now: it will be hidden."""
    units = []
    for name in names_in("/etc/systemd/system"):
        path = f"/etc/systemd/system/{name}"
        if name.endswith(".mount") and os.path.isfile(path):
            units.append(read(path, 20_000))
    fstab = read("/etc/fstab", 100_000) if os.path.isfile("/etc/fstab") else ""
    mounted = set(mount_facts(read("/proc/self/mountinfo")))
    facts = {}
    for point in planned_mounts(fstab, units) - mounted:
        if not point.startswith(HIDDEN):
            count = len([name for name in names_in(point) if name != "lost+found"])
            if count:
                facts[point] = f"{count} {'entry' if count == 1 else 'entries'}"
    return facts


@part
def devices():
    """Block devices that somebody has put together: RAID, device mapper, loops, zram."""
    facts = {}
    for name in names_in("/sys/block"):
        base = f"/sys/block/{name}"
        try:
            if name.startswith("dm-"):
                facts[f"device mapper {read(f'{base}/dm/name', 300).strip()}"] = read(f"{base}/dm/uuid", 300).split("-")[0]
            elif name.startswith("md"):
                facts[f"RAID {name}"] = read(f"{base}/md/level", 100).strip()
            elif name.startswith("loop") and os.path.isdir(f"{base}/loop"):
                facts[f"loop device of {read(f'{base}/loop/backing_file', 4000).strip()}"] = ""
            elif name.startswith("zram") and read(f"{base}/disksize", 100).strip() != "0":
                facts[f"zram {name}"] = ""
        except OSError:
            continue  # taken apart meanwhile
    return facts
