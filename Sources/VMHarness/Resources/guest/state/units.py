# systemd's units.

# Made for one login, connection, container, check or dump.
TRANSIENT = re.compile(
    r"^(session-|user@|user-runtime-dir@|run-(r[0-9a-f]{8,}|[up]\d+)[.-]|run-.*\.mount$|libpod-[0-9a-f]{12,}|[0-9a-f]{64}-"
    r"|systemd-(fsck|coredump|backlight|growfs)|modprobe@)"
    r"|^sshd?@|\.(scope|slice|device|target)$"
)
# Nobody is lost when these are not there: consoles, and what sets up a new machine once.
UNCOUNTED = ("getty@", "serial-getty@", "console-getty.", "container-getty@", "autovt@", "cloud-")
FOLDERS = ["/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/run/systemd/system"]
FOLDERS += [f"/run/systemd/generator{suffix}" for suffix in ("", ".early", ".late")]


def wanted_at_boot():
    found = set()
    for folder in FOLDERS:
        for name in names_in(folder):
            if name.endswith((".wants", ".requires", ".upholds")):
                found.update(names_in(os.path.join(folder, name)))
    return found


def bus_activated(folder="/usr/share/dbus-1/system-services", units=None):
    """Units that a name on the bus starts; most such files name an alias, a link to the unit."""
    found = set()
    for name in names_in(folder):
        for unit in re.findall(r"^SystemdService=(\S+)", read(os.path.join(folder, name), 10_000), re.M):
            found.add(unit)
            for place in units or FOLDERS:
                path = os.path.join(place, unit)
                if os.path.islink(path):
                    found.add(os.path.basename(os.readlink(path)))
    return found


def local_units():
    """Units whose files were written on this host, not by a package: whoever did that wants them."""
    found = set()
    for place in ("/etc/systemd/system", "/usr/local/lib/systemd/system"):
        for name in names_in(place):
            path = os.path.join(place, name)
            if os.path.isfile(path) and not os.path.islink(path):
                found.add(name)
    return found


def template(name):
    """foo@.service of foo@bar.service."""
    return re.sub(r"@[^@]*(\.\w+)$", r"@\1", name)


def conditions(name):
    """What the unit's files ask for before they let it start."""
    found = []
    for place in FOLDERS:
        paths = [os.path.join(place, name)]
        paths += [os.path.join(place, name + ".d", one) for one in names_in(os.path.join(place, name + ".d"))]
        for path in paths:
            if os.path.isfile(path):
                found += re.findall(r"^Condition\w+=\S.*$", read(path, 50_000), re.M)
    return [line.replace(" ", "") for line in dict.fromkeys(found)]


def why_started(name, loaded, wanted, bus):
    """"boot", "demand" (a socket, timer, path or bus name starts it; idle, it may end), or "other"."""
    if name.startswith(UNCOUNTED):
        return "demand"
    if name in wanted:
        return "boot"
    stem = name.rsplit(".", 1)[0]
    triggers = {f"{one}.{kind}" for one in (stem, stem.split("@")[0]) for kind in ("socket", "timer", "path")}
    return "demand" if name in bus or name.endswith(".service") and triggers & loaded else "other"


def unit_facts(listing, wanted, bus, transient=(), local=()):
    """UNIT -> "ACTIVE SUB WHY …", of units that are up, have failed, or should be up."""
    rows = [line.lstrip("●○×* ").split(None, 4)[:4] for line in listing.splitlines()]
    rows = [row for row in rows if len(row) == 4]
    loaded = {row[0] for row in rows}
    facts = {}
    for name, _, active, sub in rows:
        kind = name.rsplit(".", 1)[-1]
        if TRANSIENT.search(name) or name in transient or active != "failed" and kind not in ("service", "socket", "timer", "path"):
            continue
        why = why_started(name, loaded, wanted, bus)
        if active == "inactive" and why != "boot":
            continue
        if kind != "service" and active == "active" and sub != "elapsed":
            sub = "-"  # waiting, listening, running: all the same
        words = ["active" if active == "reloading" else active, sub, why] + ["local"] * (name in local or template(name) in local)
        facts[name] = " ".join(words)
    return facts


def asked(names, *properties):
    """UNIT -> its properties."""
    if not names:
        return {}
    text = run("systemctl", "show", "--property=Id," + ",".join(properties), "--", *names)
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in text.split("\n\n")]
    return {block["Id"]: block for block in blocks if "Id" in block}


def boot_time():
    return int(re.search(r"^btime (\d+)$", read("/proc/stat", 4_000_000), re.M).group(1))


def cycles():
    """Units whose start systemd gave up to break an ordering cycle, as process 1 says in the journal."""
    try:
        text = run("journalctl", "-b", "_PID=1", "-p", "warning", "-o", "cat", "--no-pager", "-n", "500")
    except Unknown:
        return set()  # the unit is missing all the same; only why is not known
    return set(re.findall(r"Job (\S+)/start deleted to break ordering cycle", text))


@part
def units():
    listing = run("systemctl", "list-units", "--all", "--full", "--plain", "--no-legend", "--no-pager")
    # Made at run time by systemd-run or a program: gone with its time, by design.
    facts = unit_facts(
        listing, wanted_at_boot(), bus_activated(), set(names_in("/run/systemd/transient")), local_units())
    elapsed = [name for name, state in facts.items() if name.endswith(".timer") and " elapsed " in state][:100]
    for name, seen in asked(elapsed, "LastTriggerUSec").items():
        # Has it run in this boot, or will it never?
        try:
            last = time.mktime(time.strptime(" ".join(seen["LastTriggerUSec"].split()[1:3]), "%Y-%m-%d %H:%M:%S"))
        except (ValueError, KeyError):
            last = 0
        facts[name] = facts[name].replace(" elapsed ", " - " if last >= boot_time() else " unarmed ")
    for name in cycles():
        if name in facts:
            facts[name] += " cycle"
    idle = [name for name, state in facts.items() if name.endswith(".service") and state.startswith("inactive")][:100]
    for name, seen in asked(idle, "ConditionResult", "ConditionTimestampMonotonic").items():
        if seen.get("ConditionResult") == "no" and seen.get("ConditionTimestampMonotonic", "0") != "0":
            facts[name] += " skipped " + " ".join(conditions(name))
    return facts


@part
def enablement():
    text = run("systemctl", "list-unit-files", "--full", "--no-legend", "--no-pager")
    rows = [line.split() for line in text.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) > 1 and row[1] in ("enabled", "disabled", "masked", "linked")}


@part
def restarts():
    """How often systemd and Docker have restarted what runs. Says nothing alone: compared with a second look a while later."""
    listing = run("systemctl", "list-units", "--type=service", "--full", "--plain", "--no-legend", "--no-pager")
    names = [line.lstrip("●○×* ").split(None, 1)[0] for line in listing.splitlines() if line.strip()]
    counts = asked([name for name in names if not TRANSIENT.search(name)][:400], "NRestarts")
    return {name: seen["NRestarts"] for name, seen in counts.items() if seen.get("NRestarts", "0") != "0"}


GENERIC = ("Failed to start", "Failed with result", "Main process exited", "Control process exited", "Consumed ", "Scheduled ",
           "Deactivated ", "Start request repeated", "Starting ", "Started ", "Stopped ", "Stopping ", "Finished ",
           "Dependency failed", "Triggering ")


def last_word(lines):
    """The line that says most: the program's own last one, or else systemd's."""
    own = [line for line in lines if not re.sub(r"^\S+\.\w+: ", "", line).startswith(GENERIC)]
    return (own or lines or [""])[-1][:300]


@part
def reasons():
    """UNIT -> what the journal of this boot says last, of units that have failed or are being restarted."""
    listing = run("systemctl", "list-units", "--all", "--full", "--plain", "--no-legend", "--no-pager",
                  "--state=failed,auto-restart")
    facts = {}
    for line in listing.splitlines()[:10]:
        name = line.lstrip("●○×* ").split(None, 1)[0]
        said = run("journalctl", "-b", "-u", name, "-n", "20", "-o", "cat", "--no-pager").splitlines()
        if said:
            facts[name] = last_word([one.strip() for one in said if one.strip()])
    return facts
