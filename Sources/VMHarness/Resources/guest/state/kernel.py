# Settings of the kernel, and its modules.

# Counters, ids, and what differs from one boot to the next by itself.
VOLATILE = """fs/dentry-state fs/file-nr fs/inode-* fs/aio-nr kernel/random/* kernel/ns_last_pid kernel/pty/nr kernel/tainted
kernel/keys/* kernel/sched_domain/* kernel/bootloader_* kernel/hostname kernel/osrelease kernel/version kernel/acpi_video_flags
net/netfilter/nf_conntrack_count net/netfilter/nf_conntrack_buckets net/ipv4/neigh/* net/ipv6/neigh/* net/ipv4/conf/*
net/ipv6/conf/* net/ipv4/route/flush net/ipv6/route/flush net/ipv4/tcp_fastopen_key net/core/netdev_rss_key
net/ipv4/tcp_available_* net/ipv4/tcp_allowed_* vm/stat_refresh vm/compact_memory vm/drop_caches fs/binfmt_misc/*
vm/nr_hugepages_mempolicy net/nf_conntrack_max user/max_inotify_* fs/quota/* kernel/perf_event_max_sample_rate debug/* dev/cdrom/* kernel/cap_last_cap kernel/ngroups_max sunrpc/transports net/mptcp/available_* kernel/usermodehelper/*""".split()
PER_INTERFACE = {
    "ipv4": "forwarding rp_filter route_localnet accept_redirects send_redirects accept_source_route proxy_arp",
    "ipv6": "forwarding disable_ipv6 accept_ra accept_redirects accept_source_route",
}


def settings(root="/proc/sys"):
    """Paths of all settings that a person may have set."""
    found = []
    for folder, inner, names in os.walk(root):
        short = os.path.relpath(folder, root)
        inner[:] = [one for one in inner if not fnmatch.fnmatch(f"{short}/{one}/x", "net/*/neigh/*")]
        for name in names:
            path = name if short == "." else f"{short}/{name}"
            if not any(fnmatch.fnmatch(path, pattern) for pattern in VOLATILE):
                found.append(path)
    return found


@part
def sysctl():
    paths = settings()
    for family, names in PER_INTERFACE.items():
        for device in names_in(f"/proc/sys/net/{family}/conf")[:200]:
            if not is_fleeting(device):
                paths += [f"net/{family}/conf/{device}/{name}" for name in names.split()]
    facts = {}
    for path in paths:
        try:
            facts[path] = " ".join(read(f"/proc/sys/{path}", 4096).split())
        except OSError:
            continue  # this kernel has none, or nobody may read it
    if not facts:
        raise Unknown("nothing below /proc/sys can be read")
    return facts


def configured_settings(folders, single):
    """Path, with wildcards, -> "VALUE FILE", as systemd-sysctl(8) reads the files: by name, the first folder's wins."""
    files = {}
    for folder in folders:
        for name in names_in(folder):
            if name.endswith(".conf"):
                files.setdefault(name, os.path.join(folder, name))
    facts = {}
    for path in [files[name] for name in sorted(files)] + single:
        if not os.path.isfile(path):
            continue
        for line in read(path, 200_000).splitlines():
            key, equals, value = line.partition("=")
            key = key.strip().lstrip("-").strip()
            if not equals or key[:1] in ("#", ";", ""):
                continue
            # The first separator decides what the other one means (sysctl.d(5)).
            if "." in key and ("/" not in key or key.index(".") < key.index("/")):
                key = key.translate(str.maketrans("./", "/."))
            facts[key] = f"{' '.join(value.split())}\t{path}"
    return facts


@part
def configured():
    """What a boot sets: sysctl.d, and ufw's own file when ufw is on."""
    folders = [f"{root}/sysctl.d" for root in ("/etc", "/run", "/usr/local/lib", "/usr/lib")]
    ufw = "/etc/ufw/ufw.conf"
    is_on = os.path.isfile(ufw) and re.search(r"^ENABLED=yes", read(ufw, 10_000), re.M | re.I)
    return configured_settings(folders, ["/etc/ufw/sysctl.conf"] if is_on else [])


TUNABLES = """/sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/mm/transparent_hugepage/defrag
/sys/kernel/mm/transparent_hugepage/shmem_enabled /sys/kernel/mm/transparent_hugepage/khugepaged/defrag
/sys/kernel/mm/hugepages/hugepages-1*/nr_hugepages /sys/kernel/mm/ksm/run /sys/kernel/mm/lru_gen/enabled
/sys/block/[svxn]*/queue/scheduler /sys/block/[svxn]*/queue/read_ahead_kb /sys/block/[svxn]*/queue/nr_requests
/sys/block/[svxn]*/queue/rotational /sys/block/zram*/disksize /sys/block/zram*/comp_algorithm
/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor /sys/devices/system/cpu/cpu*/online
/sys/devices/system/cpu/smt/control
/sys/module/*/parameters/* /sys/kernel/security/lsm /sys/kernel/security/lockdown /sys/fs/cgroup/cgroup.subtree_control
/sys/power/mem_sleep /sys/class/net/*/tx_queue_len""".split()


def clocksource(folder="/sys/devices/system/clocksource/clocksource0"):
    """What somebody chose. The kernel takes the best one that it trusts, listed first, and may trust another one at the next
    boot."""
    now, available = (read(f"{folder}/{name}_clocksource", 1000).split() for name in ("current", "available"))
    return now[0] if now != available[:1] else "the kernel's own choice"


@part
def tunables():
    """Settings of the kernel outside /proc/sys, and the modes of AppArmor's profiles."""
    facts = {}
    for pattern in TUNABLES:
        for path in glob.glob(pattern):
            if "/net/" in path and is_fleeting(path.split("/")[4]):
                continue
            try:
                facts[path] = " ".join(read(path, 1000).split())
            except OSError:
                continue  # only to be written, or not there for this device
    try:
        facts["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = clocksource()
    except (OSError, IndexError):
        pass  # a kernel that has but one
    try:
        for line in read("/sys/kernel/security/apparmor/profiles").splitlines():
            name, _, mode = line.rpartition(" ")
            if "//" not in name and not name.startswith("docker-"):
                facts[f"AppArmor profile {name}"] = mode.strip("()")
    except OSError:
        pass  # a kernel without
    return facts


def module_facts(loaded, asked, aliases, dependencies):
    """Modules that somebody asked for by name. The kernel and udev load one that has an alias again when it is needed,
    and with it what it depends on: such a module comes and goes without meaning."""
    automatic = {name.replace("-", "_") for name in re.findall(r"^alias \S+ (\S+)$", aliases, re.M)}
    for line in dependencies.splitlines():
        names = [re.sub(r"\.ko.*", "", os.path.basename(path)).replace("-", "_") for path in line.split()]
        if names and names[0].rstrip(":") in automatic:
            automatic.update(names[1:])
    return {name: "" for name in loaded if name in asked or name not in automatic}


@part
def modules():
    if not os.path.exists("/proc/modules"):
        return {}  # a kernel without modules
    loaded = [line.split()[0] for line in read("/proc/modules").splitlines() if line.strip()]
    files = ["/etc/modules"]
    for folder in ("/etc/modules-load.d", "/usr/lib/modules-load.d", "/usr/local/lib/modules-load.d"):
        files += [os.path.join(folder, name) for name in names_in(folder) if name.endswith(".conf")]
    asked = set()
    for path in files:
        if os.path.isfile(path):
            asked.update(line.split()[0].replace("-", "_") for line in read(path, 100_000).splitlines() if line.split())
    folder = f"/lib/modules/{os.uname().release}"
    try:
        return module_facts(loaded, asked, read(f"{folder}/modules.alias"), read(f"{folder}/modules.dep"))
    except OSError as error:
        raise Unknown(f"what loads by itself is not known: {error}") from None


@part
def system():
    facts = {"hostname": read("/proc/sys/kernel/hostname", 300).strip(), "kernel": os.uname().release}
    facts.update({f"command line {word}": "" for word in read("/proc/cmdline", 10_000).split()})
    return facts
