# What runs and will not last: it is compared with the files that a boot goes by. Keys are "KIND SUBJECT", as losses are named.

# Boots empty them.
EMPTIED = ("/run/", "/var/run/", "/tmp/", "/dev/shm/")
# Whoever starts these at a boot also puts back what is theirs.
MADE_BY_PROGRAMS = re.compile(
    r"^(lo$|docker\d|docker_gwbridge|br-[0-9a-f]{12}$|virbr|wt\d|wg|tailscale|cni|flannel|cali|vxlan\.|podman|lxc|lxd|zt|nebula|tun\d|incus"
    r"|vmbr|nm-|ip6tnl0|tunl0|sit0|gre0|gretap0|erspan0|ifb[01]$|dummy0$|bond0$|teql0|nodelocaldns|kube-ipvs0)"
)
SCRIPTS = """/etc/systemd/system /etc/systemd/user /etc/systemd/network /etc/network /etc/netplan /etc/NetworkManager/system-connections
/etc/wireguard /etc/openvpn /etc/cron.d /etc/default /etc/rc.local /etc/modprobe.d /etc/modules /etc/modules-load.d /etc/tmpfiles.d
/etc/sysfs.conf /etc/sysfs.d /etc/udev/rules.d /etc/tuned /etc/nftables.d /etc/iptables /etc/ipset.conf /etc/ferm /etc/shorewall
/etc/ppp /etc/dhcp /etc/crypttab /etc/fstab /etc/mdadm /var/spool/cron/crontabs /usr/local/bin /usr/local/sbin
/usr/local/lib/systemd /etc/fail2ban /etc/crowdsec /etc/rc.firewall /etc/containers/systemd /etc/init.d /etc/keepalived /etc/frr /etc/bird /etc/nftables.conf /etc/nftables
/etc/crontab""".split()


def texts_below(places, limit=50_000):
    """(path, text) of the files there, which a boot reads or runs."""
    for place in places:
        paths = [place] if os.path.isfile(place) else (
            os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names)
        for path in paths:
            try:
                if os.path.isfile(path) and os.path.getsize(path) <= limit:
                    yield path, read(path, limit)
            except OSError:
                continue


class Boot:
    """What the next boot goes by, and what is seen now."""

    def __init__(self, seen, texts=None):
        self.seen = seen
        self.texts = list(texts_below(SCRIPTS)) if texts is None else texts
        # A comment makes nothing; a file may be named after what it makes, as those of wg-quick are.
        lines = [f"file {os.path.basename(path).rsplit('.', 1)[0]}" for path, _ in self.texts]
        for _, text in self.texts:
            lines += [line for line in text.lower().splitlines() if not line.lstrip().startswith(("#", ";", "//"))]
        self.lines = lines
        self.all = "\n".join(lines)
        self.known = {}

    def names(self, word, beside=""):
        """Whether a line that a boot reads or runs has this word, and another one that matches."""
        word = word.lower()
        if word not in self.all:
            return False
        if (word, beside) not in self.known:
            has = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")
            self.known[word, beside] = any(
                word in line and has.search(line) and (not beside or re.search(beside, line)) for line in self.lines)
        return self.known[word, beside]

    def made_anew(self, path):
        """Whether a boot makes this path again: tmpfiles.d, a unit's RuntimeDirectory=."""
        places = [f"{root}/tmpfiles.d" for root in ("/etc", "/usr/lib", "/usr/local/lib")]
        for _, text in texts_below(places):
            if re.search(rf"^\S+\s+(/var)?{re.escape(path)}(\s|/?$)", text, re.M):
                return True
        units = [text for _, text in [*self.texts, *texts_below(["/usr/lib/systemd/system"])]]
        listens = "|".join(("ListenStream", "ListenDatagram", "ListenFIFO", "ListenSequentialPacket", "PIDFile"))
        for text in units:
            for place in re.findall(rf"^(?:{listens})=(\S+)$", text, re.M):
                if place.replace("/var/run/", "/run/", 1) == path:
                    return True
        for names in re.findall(r"^RuntimeDirectory=(.*)$", "\n".join(units), re.M):
            if any(f"/run/{name}" == path or path.startswith(f"/run/{name}/") and path.count("/") < 3 for name in names.split()):
                return True
        return False


FORETOLD = []


def foretells(function):
    """Makes a function one of those that foretell: it yields (key, why)."""
    FORETOLD.append(function)
    return function


def unit_text(name, place="/etc/systemd/system"):
    paths = [os.path.join(root, one) for root in (place, "/usr/local/lib/systemd/system") for one in (name, template(name))]
    found = [read(path, 50_000) for path in paths if os.path.isfile(path)]
    for one in names_in(os.path.join(place, name + ".d")):
        found.append(read(os.path.join(place, name + ".d", one), 50_000))
    return "\n".join(found)


STARTERS = ("WantedBy", "RequiredBy", "UpheldBy", "TriggeredBy", "BoundBy")


@foretells
def units_that_nobody_starts(boot):
    states = {name: state.split() for name, state in boot.seen("units").items()}
    up = [name for name, words in states.items() if words[0] == "active"]
    asked_for = [name for name in up if states[name][2] == "other" or "local" in states[name]][:300]
    for name, shown in asked(asked_for, *STARTERS, "UnitFileState", "FragmentPath", "NeedDaemonReload").items():
        if shown.get("FragmentPath", "").startswith("/run/systemd/transient"):
            continue
        if name in states and states[name][2] == "other" and not any(shown.get(key) for key in STARTERS):
            if boot.names(name, r"\b(re)?start\b|@reboot|enable"):
                continue  # another script starts it
            yield f"unit {name}", f"it is started, not enabled, and no other unit wants it: systemctl enable {name}"
        elif shown.get("FragmentPath", "").startswith("/run/systemd/system/") and not boot.names(name, r"systemd|link|cp |install"):
            yield f"unit {name}", "its file is in /run, which a boot empties"
        elif shown.get("UnitFileState") == "enabled-runtime":
            yield f"unit {name}", f"it is enabled until the next boot only (--runtime): systemctl enable {name}"
        elif shown.get("NeedDaemonReload") == "yes":
            yield f"takes effect {name}", "its file has changed since systemd read it: the boot goes by the new one"
    for name, state in boot.seen("enablement").items():
        if state == "masked" and name in up:
            yield f"unit {name}", f"it is masked while it runs: systemctl unmask {name}"


@foretells
def units_that_push_each_other_out(boot):
    states = {name for name, state in boot.seen("units").items() if " boot local" in state and state.startswith("active")}
    for name in states:
        for other in " ".join(re.findall(r"^Conflicts=(.*)$", unit_text(name), re.M)).split():
            if other in states and other != name:
                why = "it and {} conflict, and a boot starts both: one of them is stopped"
                yield f"unit {name}", why.format(other)
                yield f"unit {other}", why.format(name)


@foretells
def settings_until_the_next_boot(boot):
    for path in boot.seen("runtime"):
        if path.startswith(("/run/systemd/system.control/", "/run/systemd/system/")):
            yield f"path {path}", "it was set until the next boot only (--runtime)"


@foretells
def files_that_a_boot_writes_anew(boot):
    for file, text in texts_below(["/etc/tmpfiles.d", "/usr/local/lib/tmpfiles.d"]):
        for kind, path, argument in re.findall(r"^([fwL]\S*)[ \t]+(/etc/\S+)(?:[ \t]+\S+){4}[ \t]+(\S.*)$", text, re.M):
            if "+" in kind and not kind.startswith("w+") and os.path.isfile(path) and not os.path.islink(path):
                # Specifiers and escapes are left alone: what they stand for is not known here.
                if not re.search(r"[%\\]", argument) and read(path, 100_000).strip() != argument.strip():
                    yield f"file {path}", f"{file} writes it anew at every boot"


NEEDED = r"^(EnvironmentFile|WorkingDirectory|RootDirectory|LoadCredential|BindPaths|BindReadOnlyPaths|ReadWritePaths|ExecStart|ConditionPath\w+)=(.*)$"


@foretells
def units_that_need_what_a_boot_empties(boot):
    for name, state in boot.seen("units").items():
        words = state.split()
        if words[0] != "active" or "local" not in words:
            continue
        text = unit_text(name)
        prepared = " ".join(re.findall(r"^ExecStartPre=(.*)$", text, re.M))
        for key, value in re.findall(NEEDED, text, re.M):
            first = value.strip().split()[0] if value.strip() else ""
            path = first.lstrip("@:+!|").split(":")[-1 if key == "LoadCredential" else 0].rstrip("/")
            if first.startswith("-") or key.startswith("Condition") and "!" in first:
                continue
            if path in prepared:
                continue
            if path.startswith(EMPTIED) and not boot.made_anew(path.replace("/var/run/", "/run/", 1)):
                yield f"unit {name}", f"{key}={path}: a boot empties that place, and nothing makes it there again"
                break


@foretells
def timers_that_count_from_their_own_past(boot):
    for name, state in boot.seen("units").items():
        text = unit_text(name) if name.endswith(".timer") and " local" in state else ""
        kinds = set(re.findall(r"^(On\w+)=\S", text, re.M))
        service = boot.seen("units").get(re.sub(r"\.timer$", ".service", name), "")
        if " boot" in service:
            continue  # a boot runs its service
        if kinds and kinds <= {"OnUnitActiveSec", "OnUnitInactiveSec"}:
            yield f"unit {name}", f"{' and '.join(sorted(kinds))} count from a run of its unit, and after a boot there was none: add OnBootSec= or OnCalendar="


@foretells
def units_that_wait_for_each_other(boot):
    after = {}
    local = [name for name, state in boot.seen("units").items() if " boot local" in state]
    for name in local:
        text = unit_text(name)
        for other in " ".join(re.findall(r"^After=(.*)$", text, re.M)).split():
            if other != name:  # which systemd drops
                after.setdefault(name, set()).add(other)
        for other in " ".join(re.findall(r"^Before=(.*)$", text, re.M)).split():
            if other != name:
                after.setdefault(other, set()).add(name)

    def leads_back(start):
        """The way from a unit to itself."""
        ways = [[start]]
        known = set()
        while ways:
            way = ways.pop(0)
            for other in sorted(after.get(way[-1], ())):
                if other == start:
                    return way + [start]
                if other not in known:
                    known.add(other)
                    ways.append(way + [other])
        return None

    for name in local:
        way = leads_back(name)
        if way:
            yield f"unit {name}", f"ordering cycle: {' after '.join(way)}; systemd drops one of them"


@foretells
def users_units_for_a_target_they_have_not(boot):
    homes = {}
    for line in read("/etc/passwd", 1_000_000).splitlines():
        fields = line.split(":")
        if len(fields) > 5:
            homes[fields[0]] = fields[5]
    for key in boot.seen("users"):
        user, unit = key.split(" ", 1)
        if not unit.endswith((".service", ".socket", ".timer")):
            continue
        wanted, elsewhere = False, ""
        for folder in (f"{homes.get(user, '/nonexistent')}/.config/systemd/user", "/etc/systemd/user", "/usr/lib/systemd/user"):
            for name in names_in(folder):
                if name.endswith((".wants", ".requires")) and unit in names_in(os.path.join(folder, name)):
                    target = name.rsplit(".", 1)[0]
                    if target in ("multi-user.target", "network-online.target", "graphical.target", "network.target"):
                        elsewhere = target
                    else:
                        wanted = True
                # What a socket, a timer or a path of that name starts.
                triggers = {f"{unit.rsplit('.', 1)[0]}.{kind}" for kind in ("socket", "timer", "path")}
                if name.endswith((".wants", ".requires")) and triggers & set(names_in(os.path.join(folder, name))):
                    wanted = True
        # Podman's generator makes units of files of other kinds.
        home = homes.get(user, "/nonexistent")
        stem = unit.rsplit(".", 1)[0]
        for folder in (f"{home}/.config/containers/systemd", "/etc/containers/systemd/users"):
            wanted = wanted or any(one.rsplit(".", 1)[0] in (stem, re.sub(r"-(pod|network|volume)$", "", stem)) for one in names_in(folder))
        if not wanted:
            why = f"it is enabled for {elsewhere}, which users' managers don't have: WantedBy=default.target" if elsewhere else "nothing of the user's wants it: systemctl --user enable"
            yield f"unit {key}", why


@foretells
def programs_without_a_unit(boot):
    for key in boot.seen("by_hand"):
        if boot.names(key.split(" of ")[0], "@reboot|nohup|setsid|&\\s*$"):
            continue  # a crontab or a script starts it
        yield f"process {key}", "it was started by hand, no unit starts it at a boot"


@foretells
def containers_that_docker_leaves_alone(boot):
    facts = boot.seen("containers")
    if re.search(r"(docker compose|docker-compose|podman-compose)\b.*\bup\b", boot.all):
        return  # which ones it brings up is in files of its own
    for key, value in facts.items():
        name, _, what = key.partition(" ")
        policy = facts.get(f"{name} restart policy", "no")
        if what == "status" and value == "running" and policy == "no" and not boot.names(name):
            if re.search(r"\.\d+\.[a-z0-9]{25}$", name):
                continue  # a task of a swarm
            yield f"container {name}", f"its restart policy is {policy}, and no unit starts it: docker update --restart unless-stopped {name}"


# What systemd, the kernel or the initramfs mount by themselves.
OWN_MOUNTS = ("/", "/proc", "/sys", "/dev", "/run", "/dev/shm", "/run/lock", "/usr")


def mount_unit(point):
    """foo-bar.mount of /foo/bar (systemd-escape(1))."""
    return "-".join(
        re.sub(r"[^\w.:]", lambda found: "".join(f"\\x{byte:02x}" for byte in found.group(0).encode()), part)
        for part in point.strip("/").split("/")) + ".mount"


def fstab_lines(text):
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 3 and not fields[0].startswith("#"):
            yield fields[0], fields[1].rstrip("/") or "/", fields[2], (fields[3] if len(fields) > 3 else "defaults").split(",")


def real_device(source):
    for start, folder in (("UUID=", "by-uuid"), ("LABEL=", "by-label"), ("PARTUUID=", "by-partuuid"), ("PARTLABEL=", "by-partlabel")):
        if source.startswith(start):
            return os.path.realpath(f"/dev/disk/{folder}/{source[len(start):].strip(chr(34))}")
    return os.path.realpath(source)


@foretells
def mounts_that_no_file_makes(boot):
    lines = list(fstab_lines(read("/etc/fstab", 100_000) if os.path.isfile("/etc/fstab") else ""))
    planned = {point: options for _, point, kind, options in lines if kind != "swap" and "noauto" not in options}
    mounts = boot.seen("mounts")
    on_demand = [point for point, value in mounts.items() if value == "autofs"]
    doubtful = {}
    for point, value in mounts.items():
        if point.startswith("swap ") or point in OWN_MOUNTS or point in on_demand or point in planned:
            continue
        # A program mounts those, and does so again when it starts.
        if value.startswith("fuse") or point.startswith(("/var/lib/kubelet/", "/snap/", "/var/snap/")):
            continue
        if not any(point.startswith(f"{one}/") for one in on_demand):
            doubtful[mount_unit(point)] = point
    for name, shown in asked(list(doubtful)[:100], "FragmentPath", *STARTERS).items():
        file = shown.get("FragmentPath", "")
        is_made = file.startswith("/run/systemd/generator") or file and any(shown.get(key) for key in STARTERS)
        if name in doubtful and not is_made and not boot.names(doubtful[name], r"\bmount\b|where="):
            yield f"mount {doubtful[name]}", "it was mounted by hand: no line in /etc/fstab and no enabled mount unit makes it"
    for point, options in planned.items():
        now = mounts.get(point, "").split(" ")[-1].split(",")
        if point in mounts and not {"user", "users", "owner", "group"} & set(options):
            differs = [one for one in ("ro", "noexec", "nosuid", "nodev") if (one in options) != (one in now)]
            if differs and mounts[point] != "autofs":
                yield f"mount {point}", f"/etc/fstab says {','.join(options)}"
    swaps = {real_device(source) for source, _, kind, _ in lines if kind == "swap"}
    for key in mounts:
        if key.startswith("swap ") and os.path.realpath(key[5:]) not in swaps and not boot.names(key[5:], "swapon|what="):
            yield f"mount {key}", "it was turned on by hand: no line in /etc/fstab does"


@foretells
def data_that_a_mount_will_hide(boot):
    for point, count in boot.seen("behind").items():
        yield f"mount {point}", f"/etc/fstab or a mount unit mounts something there that is not mounted now: it will hide {count}"


@foretells
def devices_that_no_file_makes(boot):
    for key, value in boot.seen("devices").items():
        if key.startswith("loop device of ") and not boot.names(key[15:]):
            yield f"mount {key}", "no file that a boot reads names it"
        elif key.startswith("device mapper ") and value == "CRYPT" and not boot.names(key[14:]):
            yield f"mount {key}", "/etc/crypttab has no line for it"
        elif key.startswith("zram ") and "zram" not in boot.all and not os.path.exists("/etc/systemd/zram-generator.conf"):
            yield f"mount {key}", "no file that a boot reads sets up zram"


@foretells
def settings_of_the_kernel(boot):
    now, files = boot.seen("sysctl"), {}
    for pattern, fact in boot.seen("configured").items():
        value, _, file = fact.partition("\t")
        keys = [key for key in now if fnmatch.fnmatchcase(key, pattern) and "/all/" not in key and "/default/" not in key] if "*" in pattern else [pattern]
        for key in keys:
            if key == pattern or key not in boot.seen("configured"):
                files[key] = (value, file)
    for key, (value, file) in files.items():
        if key in now and now[key] != value and not key.startswith("net/ipv6/conf/lo"):
            yield f"takes effect {key}", f"{file} sets {value}; it is {now[key]} now"
    line = read("/proc/cmdline", 10_000)
    if now.get("vm/nr_hugepages", "0") != "0" and "vm/nr_hugepages" not in files and "hugepages=" not in line and not boot.names("nr_hugepages"):
        yield "sysctl vm/nr_hugepages", "no file in sysctl.d sets it"
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    kernel = f"/boot/config-{os.uname().release}"
    if path in boot.seen("tunables") and os.path.isfile(kernel) and not re.search(r"transparent_hugepage(=|/enabled)", line + boot.all):
        usual = re.search(r"^CONFIG_TRANSPARENT_HUGEPAGE_(ALWAYS|MADVISE|NEVER)=y", read(kernel, 1_000_000), re.M)
        if usual and f"[{usual.group(1).lower()}]" not in boot.seen("tunables")[path]:
            yield f"sysctl {path}", f"nothing sets it at a boot, and the kernel begins with {usual.group(1).lower()}"
    devices = " ".join(boot.seen("devices"))
    for name in boot.seen("modules"):
        if name in ("zram", "zsmalloc") and "zram" in devices:
            continue  # of a device that is told of
        # Those of packet filters come with whoever filters, character sets with file systems, ciphers when asked for.
        if not re.match(r"nls_|crypto|aes|sha\d|ghash|cryptd|fuse|nf_|nft_|xt_|ip_|ip6|ipt|ebt|br_netfilter|overlay|tun$|kvm|veth|bridge", name):
            if not boot.names(name) and not boot.names(name.replace("_", "-")):
                yield f"module {name}", "no file in modules-load.d names it"


@foretells
def names_of_the_host(boot):
    text = read("/etc/hostname", 3000) if os.path.isfile("/etc/hostname") else ""
    file = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    now = boot.seen("system").get("hostname")
    if file and now and file[0] != now:
        yield "identity hostname", f"/etc/hostname says {file[0]}"
    texts = [text for _, text in texts_below(["/etc/cloud/cloud.cfg", "/etc/cloud/cloud.cfg.d"])]
    pattern = "/etc/cloud/templates/hosts.debian.tmpl"
    if any(re.search(r"^manage_etc_hosts:\s*(true|template)\b", text, re.M | re.I) for text in texts) and os.path.isfile(pattern):
        known = set(read(pattern, 50_000).split())
        lines = [line.split("#")[0].split() for line in read("/etc/hosts", 200_000).splitlines()]
        lost = [words[1] for words in lines if len(words) > 1 and words[0] not in known and words[0] != "127.0.1.1"]
        if lost:
            yield "file /etc/hosts", f"cloud-init writes it anew (manage_etc_hosts): {', '.join(lost[:5])} will be missing"


@later
def lasting(seen):
    boot = Boot(lambda name: seen.get(name) or {})
    facts = {}
    for function in FORETOLD:
        try:
            for key, why in function(boot):
                facts.setdefault(key, why)
        except Exception as error:  # the others still count
            facts[f"unknown {function.__name__}"] = f"{type(error).__name__}: {error}"
    return facts
