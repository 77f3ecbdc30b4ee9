# Addresses, routes, names, and what listens.

def address_of(text):
    words = [struct.pack("<I", int(text[i : i + 8], 16)) for i in range(0, len(text), 8)]
    if len(words) == 1:
        return socket.inet_ntop(socket.AF_INET, words[0])
    return f"[{socket.inet_ntop(socket.AF_INET6, b''.join(words))}]"


def socket_rows(proto, table):
    """(key, port, inode) of what listens, from a table in /proc/net."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or fields[3] != ("0A" if proto == "tcp" else "07") or fields[2].split(":")[1] != "0000":
            continue
        address, port = fields[1].split(":")
        yield f"{proto} {address_of(address)}:{int(port, 16)}", int(port, 16), fields[9]


def socket_owners():
    owners = {}
    for pid in filter(str.isdigit, names_in("/proc")):
        try:
            name = read(f"/proc/{pid}/comm", 100).strip()
            for number in os.listdir(f"/proc/{pid}/fd"):
                target = os.readlink(f"/proc/{pid}/fd/{number}")
                if target.startswith("socket:["):
                    owners.setdefault(target[8:-1], set()).add("systemd" if pid == "1" else name)
        except OSError:
            continue  # it has ended, or is not ours to see
    return owners


def is_fleeting_port(port, inode, names):
    """Whether a UDP socket only waits for answers to a query, or for DHCP. One without inode is the kernel's: WireGuard."""
    is_given = 32768 <= port <= 60999 and port != 51820 and inode != "0"
    return port in (68, 546) or is_given and "docker-proxy" not in names


@part
def listeners():
    facts, owners = {}, socket_owners()
    for proto in ("tcp", "udp"):
        for version in ("", "6"):
            path = f"/proc/net/{proto}{version}"
            if version and not os.path.exists(path):
                continue
            for key, port, inode in socket_rows(proto, read(path)):
                names = owners.get(inode, {"-"})
                if proto == "udp" and is_fleeting_port(port, inode, names):
                    continue
                facts[key] = "systemd" if "systemd" in names else min(names)
    return facts


def is_fleeting(device):
    return device.startswith(("veth", "vnet", "tap"))


def route_facts(routes, rules):
    facts = {}
    for one in routes:
        target, device = one.get("dst", "?"), one.get("dev", "")
        if one.get("table") == "local" or one.get("type") in ("local", "broadcast", "multicast", "anycast"):
            continue
        if is_fleeting(device) or target.startswith(("fe80:", "ff00:")):
            continue  # link-local routes wait for a carrier
        words = [one.get("type", ""), target]
        gateway = one.get("gateway") or one.get("via", {}).get("host")
        hops = [f"via {hop.get('gateway', '-')} dev {hop.get('dev', '-')}" for hop in one.get("nexthops", [])]
        words += [f"via {gateway}"] if gateway else hops
        for name in ("dev", "table", "metric"):
            words += [f"{name} {one[name]}"] if name in one else []
        facts[" ".join(filter(None, words))] = ""
    for one in rules:
        words = [f"{name} {one[name]}" for name in sorted(one) if name not in ("priority", "protocol")]
        facts[f"rule {one.get('priority', 0)}: " + " ".join(words)] = ""
    return facts


@part
def routes():
    every = run("ip", "-json", "route", "show", "table", "all")
    return route_facts(json.loads(every or "[]"), json.loads(run("ip", "-json", "rule", "show") or "[]"))


def link_facts(qdiscs, neighbours):
    """Queueing that somebody chose, and neighbours that somebody set; defaults, and what the kernel learns, are left out."""
    facts = {}
    for one in qdiscs:
        device, kind = one.get("dev", "?"), one.get("kind", "?")
        if is_fleeting(device) or kind in ("noqueue", "mq", "pfifo_fast", "fq_codel", "fq", "clsact", "ingress"):
            continue
        if kind == "pfifo" and "root" not in one:
            continue
        options = json.dumps(one.get("options") or {}, sort_keys=True)
        facts[f"qdisc {device} {kind}{'' if one.get('root') else ' parent ' + str(one.get('parent', '?'))}"] = options
    for one in neighbours:
        if "PERMANENT" in one.get("state", []) and not is_fleeting(one.get("dev", "?")):
            facts[f"neighbour {one.get('dst', '?')} dev {one.get('dev', '?')}"] = one.get("lladdr", "")
    return facts


@part
def links():
    # Multicast and loopback entries are the kernel's own; "permanent" ones are a person's, or a network engine's.
    neighbours = json.loads(run("ip", "-json", "neigh", "show", "nud", "permanent") or "[]")
    return link_facts(json.loads(run("tc", "-json", "qdisc", "show") or "[]"), neighbours)


def address_facts(links):
    facts = {}
    for link in links:
        name = link.get("ifname", "?")
        if is_fleeting(name) or not link:
            continue
        facts[name] = f"{'up' if 'UP' in link.get('flags', []) else 'down'} mtu {link.get('mtu', '?')}"
        for one in link.get("addr_info", []):
            if one.get("scope") != "link" and not one.get("temporary"):
                facts[f"{name} {one.get('local', '?')}/{one.get('prefixlen', '?')}"] = ""
    return facts


@part
def addresses():
    return address_facts(json.loads(run("ip", "-json", "address", "show")))


@part
def dns():
    facts, known = {}, 0
    for label, path in (("resolv.conf", "/etc/resolv.conf"), ("upstream", "/run/systemd/resolve/resolv.conf")):
        try:
            lines = read(path, 100_000).splitlines()
        except OSError:
            continue
        known += 1
        facts.update({f"{label}: {' '.join(line.split())}": "" for line in lines if line[:1].isalpha()})
    if not known:
        raise Unknown("there is no readable resolv.conf")
    return facts
