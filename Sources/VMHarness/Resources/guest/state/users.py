# What runs for users without a login of theirs.

# Started by a bus, a socket or an agent's client, and gone again when idle.
USERS_NOISE = ("dbus", "gpg-agent", "dirmngr", "ssh-agent", "keyboxd", "pipewire", "wireplumber", "at-spi", "gvfs", "xdg-")


def user_names():
    names = {}
    for line in read("/etc/passwd", 1_000_000).splitlines():
        fields = line.split(":")
        if len(fields) > 2:
            names[fields[2]] = fields[0]
    return names


def populated(folder):
    try:
        return "populated 1" in read(os.path.join(folder, "cgroup.events"), 1000)
    except OSError:
        return False


@part
def users(root="/sys/fs/cgroup", lingering="/var/lib/systemd/linger"):
    """Services of users that stay without a login (loginctl enable-linger)."""
    facts, names = {}, user_names()
    stay = set(names_in(lingering))
    for slice_name in names_in(f"{root}/user.slice"):
        found = re.fullmatch(r"user-(\d+)\.slice", slice_name)
        name = found and names.get(found.group(1))
        if not name or name not in stay:
            continue
        facts[f"{name} manager"] = ""
        base = f"{root}/user.slice/{slice_name}/user@{found.group(1)}.service"
        for folder, inner, _ in os.walk(base):
            unit = os.path.basename(folder)
            if unit.endswith((".service", ".scope")) and folder != base and not unit.startswith(USERS_NOISE):
                if unit != "init.scope" and not re.search(r"[0-9a-f]{12,}|^run-", unit) and populated(folder):
                    facts[f"{name} {unit}"] = ""
    return facts


LOGIN = ("sshd", "sshd-session", "sshd-auth", "systemd", "(sd-pam)", "sudo", "su", "bash", "sh", "dash", "login", "agetty")


@part
def by_hand():
    """Programs that have run for a while in what was somebody's login: nothing starts them at a boot."""
    facts, ticks, up = {}, os.sysconf("SC_CLK_TCK"), float(read("/proc/uptime", 100).split()[0])
    for pid in filter(str.isdigit, names_in("/proc")):
        try:
            # Without PAM's module of systemd a login stays in sshd's own group.
            if not re.search(r"/(session-[^/]+\.scope|sshd?\.service)$", read(f"/proc/{pid}/cgroup", 4000).strip()):
                continue
            fields = read(f"/proc/{pid}/stat", 4000).rpartition(")")[2].split()
            comm = read(f"/proc/{pid}/comm", 100).strip()
            if comm in LOGIN or up - int(fields[19]) / ticks < 10:
                continue
            if int(fields[1]) != 1:  # still somebody's child: of this very login, or of a terminal's
                continue
            owner = os.stat(f"/proc/{pid}").st_uid
            facts[f"{comm} of {user_names().get(str(owner), owner)}"] = ""
        except (OSError, ValueError, IndexError):
            continue  # it has ended
    return facts
