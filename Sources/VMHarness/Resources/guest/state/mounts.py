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
