# What of the network will not last.

# Whoever filters puts these back at a boot: Docker, ufw, fail2ban, libvirt, meshes and container engines.
FILTERED_BY_PROGRAMS = re.compile(
    r"(docker|ufw|f2b|fail2ban|crowdsec|libvirt|netavark|netbird|tailscale|ts-|kube|cali|cilium|firewalld|io\.systemd|lxd|incus|podman|cni|sshguard|wg-quick)", re.I)
OLD_TABLES = re.compile(r"^\w+ (ip6?|arp|bridge) (filter|nat|mangle|raw|security) ")


@part
def planned_firewall():
    """The chains that nftables.service loads at a boot, as nft makes them of its file in a network namespace of their own."""
    if "nftables.service" not in wanted_at_boot() or not os.path.isfile("/etc/nftables.conf"):
        return {}
    # A rule may name an interface by its number (iif, oif): one of that name has to be there.
    text = run("unshare", "--net", "--", "/bin/sh", "-c", """
        PATH=/usr/sbin:/usr/bin:/sbin:/bin
        nft -f /etc/nftables.conf 2>/dev/null || {
            for card in "$@"; do ip link add "$card" type dummy; done
            nft -f /etc/nftables.conf
        } && nft --stateless list ruleset""", "sh", *[name for name in names_in("/sys/class/net") if name != "lo" and not is_fleeting(name)][:50])
    return chain_facts(text)


def mentions(boot, *words, beside=""):
    return any(boot.names(word, beside) for word in words)


@foretells
def chains_that_nothing_loads(boot):
    now, planned = boot.seen("firewall"), boot.seen("planned_firewall")
    if "nftables.service" in wanted_at_boot() and not planned:
        now = {}  # what it loads could not be found out
    persistent = "netfilter-persistent.service" in wanted_at_boot()
    for key, lines in now.items():
        kind, family, table, name = (key.split(" ", 3) + [""] * 3)[:4]
        if kind != "chain" or FILTERED_BY_PROGRAMS.search(f"{table} {name}"):
            continue
        if OLD_TABLES.match(key) and key not in planned:
            by_hand = [line for line in lines.splitlines()[1:] if "jump" not in line]
            if name == "INPUT" and by_hand and not persistent and not mentions(boot, "iptables", "iptables-restore", "ip6tables"):
                if not FILTERED_BY_PROGRAMS.search(lines):
                    yield f"firewall {key}", "no file that a boot loads has these rules: netfilter-persistent is not enabled"
        elif key not in planned and not mentions(boot, table, beside=r"\b(table|nft)\b"):
            yield f"firewall {key}", "no file that a boot loads names its table" if planned else "nftables.service is not enabled, and no other file names its table"
        elif key in planned and planned[key] != lines and "elements" not in lines and "jump" not in lines:
            yield f"firewall {key}", "/etc/nftables.conf says otherwise"
    for key in boot.seen("legacy"):
        name = key.split(" ")[-1]
        if not persistent and not FILTERED_BY_PROGRAMS.search(key + boot.seen("legacy")[key]):
            tool = "ipset" if key.startswith("ipset ") else "iptables-legacy"
            if not mentions(boot, tool, name if tool == "ipset" else "iptables"):
                yield f"firewall {key}", f"no file that a boot loads has it, and none that it runs calls {tool}"


@foretells
def interfaces_and_addresses(boot):
    by_device = {link.get("ifname"): link for link in json.loads(run("ip", "-json", "address", "show")) if link}
    for key in boot.seen("addresses"):
        device, _, address = key.partition(" ")
        if device != "lo" and MADE_BY_PROGRAMS.match(device) or mentions(boot, device) and not address:
            continue
        if not address and device != "lo":
            if not os.path.exists(f"/sys/class/net/{device}/device"):
                yield f"network {device}", "no file that a boot reads names that interface"
            continue
        plain = address.split("/")[0]
        if plain in ("", "127.0.0.1", "::1"):
            continue
        rows = by_device.get(device, {}).get("addr_info", [])
        if any(row.get("local") == plain and (row.get("dynamic") or row.get("protocol") in ("kernel_ra", "kernel_ll")) for row in rows):
            continue
        if not mentions(boot, plain) and not (device not in by_device):
            yield f"network {key}", "no file that a boot reads has that address"


@foretells
def routes_and_rules(boot):
    by_hand = {}
    for one in json.loads(run("ip", "-json", "route", "show", "table", "all") or "[]"):
        if one.get("protocol", "boot") in ("boot", "static"):
            for key in route_facts([one], []):
                by_hand[key] = one
    for key, one in by_hand.items():
        if key not in boot.seen("routes") or one.get("dev") != "lo" and MADE_BY_PROGRAMS.match(one.get("dev", "")):
            continue
        if one.get("dst") in ("default", "0.0.0.0/0") and "dhcp" in boot.all:
            continue
        # The way of a default route is named by its gateway, of any other by its target.
        target = one.get("dst", "?").split("/")[0]
        words = [one.get("gateway", "")] if target in ("default", "0.0.0.0", "::") else [target]
        if not mentions(boot, *filter(None, words)):
            yield f"network {key}", "no file that a boot reads has that route"
    for key in boot.seen("routes"):
        found = re.match(r"rule (\d+): (.*)", key)
        if not found or found.group(1) in ("0", "32766", "32767") or "fwmark" in key or "suppress" in key:
            continue
        addresses = re.findall(r"\b(?:src|dst) ([0-9a-f.:]+)\b", found.group(2))
        if "src all" in key and not addresses:
            continue  # by interface or mark: a mesh's or an engine's
        if not mentions(boot, *(addresses or [found.group(1)])):
            yield f"network {key}", "no file that a boot reads has that rule"


@foretells
def queueing_and_neighbours(boot):
    for key in boot.seen("links"):
        words = key.split()
        device = words[words.index("dev") + 1] if "dev" in words else words[1]
        if device != "lo" and MADE_BY_PROGRAMS.match(device):
            continue
        if words[0] == "qdisc" and not mentions(boot, "tc") or words[0] == "neighbour" and not mentions(boot, words[1]):
            yield f"network {key}", "no file that a boot reads sets it"
