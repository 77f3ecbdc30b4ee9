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


def bus_activated():
    found, folder = set(), "/usr/share/dbus-1/system-services"
    for name in names_in(folder):
        found.update(re.findall(r"^SystemdService=(\S+)", read(os.path.join(folder, name), 10_000), re.M))
    return found


def why_started(name, loaded, wanted, bus):
    """"boot", "demand" (a socket, timer, path or bus name starts it; idle, it may end), or "other"."""
    if name.startswith(UNCOUNTED):
        return "demand"
    if name in wanted:
        return "boot"
    stem = name.rsplit(".", 1)[0]
    triggers = {f"{one}.{kind}" for one in (stem, stem.split("@")[0]) for kind in ("socket", "timer", "path")}
    return "demand" if name in bus or name.endswith(".service") and triggers & loaded else "other"


def unit_facts(listing, wanted, bus):
    """UNIT -> "ACTIVE SUB WHY", of units that are up, have failed, or should be up."""
    rows = [line.lstrip("●○×* ").split(None, 4)[:4] for line in listing.splitlines()]
    rows = [row for row in rows if len(row) == 4]
    loaded = {row[0] for row in rows}
    facts = {}
    for name, _, active, sub in rows:
        kind = name.rsplit(".", 1)[-1]
        if TRANSIENT.search(name) or active != "failed" and kind not in ("service", "socket", "timer", "path"):
            continue
        why = why_started(name, loaded, wanted, bus)
        if active == "inactive" and why != "boot":
            continue
        if kind != "service" and active == "active":
            sub = "-"  # waiting, elapsed, listening, running: all the same
        facts[name] = f"{'active' if active == 'reloading' else active} {sub} {why}"
    return facts


@part
def units():
    listing = run("systemctl", "list-units", "--all", "--full", "--plain", "--no-legend", "--no-pager")
    facts = unit_facts(listing, wanted_at_boot(), bus_activated())
    idle = [name for name, state in facts.items() if name.endswith(".service") and state.startswith("inactive")][:100]
    if idle:
        wish = "--property=Id,ConditionResult,ConditionTimestampMonotonic"
        for block in run("systemctl", "show", wish, "--", *idle).split("\n\n"):
            seen = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
            if seen.get("ConditionResult") == "no" and seen.get("ConditionTimestampMonotonic", "0") != "0":
                if seen.get("Id") in facts:
                    facts[seen["Id"]] += " skipped"
    return facts


@part
def enablement():
    text = run("systemctl", "list-unit-files", "--full", "--no-legend", "--no-pager")
    rows = [line.split() for line in text.splitlines()]
    return {row[0]: row[1] for row in rows if len(row) > 1 and row[1] in ("enabled", "disabled", "masked", "linked")}
