# Settings of the kernel, and its modules.

SYSCTL = """
net/ipv4: ip_forward ip_nonlocal_bind ip_unprivileged_port_start ip_local_port_range tcp_syncookies
 tcp_congestion_control icmp_echo_ignore_all icmp_echo_ignore_broadcasts ping_group_range
net/core: somaxconn default_qdisc rmem_max wmem_max bpf_jit_harden
net/bridge: bridge-nf-call-iptables bridge-nf-call-ip6tables bridge-nf-call-arptables
net/netfilter: nf_conntrack_max
kernel: core_pattern dmesg_restrict kexec_load_disabled kptr_restrict modules_disabled panic panic_on_oops
 perf_event_paranoid randomize_va_space sysrq unprivileged_bpf_disabled unprivileged_userns_clone yama/ptrace_scope
fs: protected_fifos protected_hardlinks protected_regular protected_symlinks suid_dumpable
vm: max_map_count mmap_min_addr overcommit_memory swappiness
"""
PER_INTERFACE = {
    "ipv4": "forwarding rp_filter route_localnet accept_redirects send_redirects accept_source_route proxy_arp",
    "ipv6": "forwarding disable_ipv6 accept_ra accept_redirects accept_source_route",
}


@part
def sysctl():
    paths = []
    for group in SYSCTL.replace("\n ", " ").strip().splitlines():
        folder, names = group.split(":")
        paths += [f"{folder}/{name}" for name in names.split()]
    for family, names in PER_INTERFACE.items():
        for device in names_in(f"/proc/sys/net/{family}/conf")[:200]:
            if not is_fleeting(device):
                paths += [f"net/{family}/conf/{device}/{name}" for name in names.split()]
    facts = {}
    for path in paths:
        try:
            facts[path] = " ".join(read(f"/proc/sys/{path}", 4096).split())
        except OSError:
            continue  # this kernel has none, or not yet: then it is missing in the facts, too
    if not facts:
        raise Unknown("nothing below /proc/sys can be read")
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
