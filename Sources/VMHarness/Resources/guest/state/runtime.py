# What lies in /run, /tmp and /dev/shm, which every boot empties.

PLACES = ("/run", "/tmp", "/dev/shm")
# The system's own, named after processes, ids and connections, or made when asked for.
RUN_NOISE = """/run/user /run/systemd /run/udev /run/docker /run/containerd /run/lock /run/log /run/mount /run/credentials
/run/cloud-init /run/initramfs /run/netns /run/blkid /run/utmp /run/initctl /run/motd* /run/sudo /run/dbus /run/ssh*
/run/*.pid /run/*.lock /run/nologin /run/reboot-required* /run/agetty* /run/credentials* /run/runc /run/xtables*
/run/boma-it* /tmp/systemd-private-* /tmp/snap* /tmp/.* /tmp/ansible* /tmp/tmp* /run/qemu* /run/machine-id
/run/adduser /run/unattended* /run/tmpfiles.d /run/fsck /run/network /run/apt* /run/shm""".split()


def named_paths(texts):
    """Paths in those places that units, and whatever else is configured, name, with the file that does."""
    found = {}
    for name, text in texts:
        for path in re.findall(r"(?<![\w/.-])/(?:var/run|run|tmp|dev/shm)/[\w./@:+-]*[\w]", text):
            found.setdefault(path.replace("/var/run/", "/run/", 1), name)
    return found


def configuration_texts():
    for place in ("/etc/systemd/system", "/etc/cron.d", "/etc/default"):
        for folder, _, names in os.walk(place):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    try:
                        yield name, read(path, 50_000)
                    except OSError:
                        continue


KINDS = {0o140000: "socket", 0o120000: "link", 0o100000: "file", 0o040000: "folder", 0o010000: "pipe"}


def described(path):
    info = os.lstat(path)
    kind = KINDS.get(info.st_mode & 0o170000, "device")
    return f"{kind} {info.st_mode & 0o7777:04o} {info.st_uid}:{info.st_gid}"


def bound_sockets(table):
    """Paths of Unix sockets that somebody listens on (proc_net_unix(5): flag 00010000)."""
    found = set()
    for line in table.splitlines()[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[3] == "00010000" and fields[7].startswith("/"):
            found.add(fields[7].replace("/var/run/", "/run/", 1))
    return found


def fleeting_settings():
    """Settings of units that were made with --runtime: systemctl set-property, edit, mask, enable."""
    found = []
    for place in ("/run/systemd/system.control", "/run/systemd/system"):
        for folder, _, names in os.walk(place):
            # netplan, cloud-init and generators write theirs anew at every boot.
            found += [os.path.join(folder, name) for name in names if folder != place or place.endswith(".control")]
    return [path for path in found if not re.search(r"netplan|cloud-init|/session-|/user-", path)]


@part
def runtime():
    """PATH -> kind, mode and owner; "named:FILE" when something configured names it, "listens" for a socket in use."""
    named = named_paths(sorted(configuration_texts()))
    sockets = bound_sockets(read("/proc/net/unix"))
    paths = {path for path in named if os.path.lexists(path)} | sockets
    for place in PLACES:
        paths.update(f"{place}/{name}" for name in names_in(place))
    facts = {}
    for path in sorted(paths):
        if not path.startswith(PLACES) and path not in sockets:
            continue
        parents = [path]
        while parents[-1].count("/") > 1:
            parents.append(os.path.dirname(parents[-1]))
        if any(fnmatch.fnmatch(one, pattern) for pattern in RUN_NOISE for one in parents) and path not in named:
            continue
        if re.search(r"[0-9a-f]{8,}|\d{4,}", path):
            continue  # an id
        try:
            facts[path] = described(path) + (f" named:{named[path]}" if path in named else "") + " listens" * (path in sockets)
        except OSError:
            continue  # gone meanwhile
    for path in fleeting_settings():
        folder, name = os.path.basename(os.path.dirname(path)), os.path.basename(path)
        facts[path] = f"{described(path)} named:{folder.removesuffix('.d') if folder.endswith('.d') else name}"
    return facts
