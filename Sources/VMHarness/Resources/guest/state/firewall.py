# Packet filters.

def chain_facts(ruleset):
    """"chain|set|map FAMILY TABLE NAME" -> its lines, without counters. Chains that do nothing are left out."""
    blocks, table, key = {}, "", None
    for line in ruleset.splitlines():
        if line.startswith("table ") and line.endswith("{"):
            table = line[6:-1].strip()
        elif key is None and re.match(r"\t(chain|set|map|flowtable) .*\{$", line):
            kind, name = line.strip(" \t{").split(None, 1)
            key = f"{kind} {table} {name}"
            blocks[key] = []
        elif line == "\t}":
            key = None
        elif key is not None and line.strip() and not line.strip().startswith("#"):
            blocks[key].append(re.sub(r"\bpackets \d+ bytes \d+ ?", "", line.strip()).strip())
    # Docker's rules come in the order in which its networks and containers happen to start, and so do their addresses.
    docker = {key.split()[1] + " " + key.split()[2] for key in blocks if re.match(r"chain \S+ \S+ DOCKER$", key)}
    facts = {}
    for key, body in blocks.items():
        hook = body[:1] if body and body[0].startswith("type ") and key.startswith("chain") else []
        rest = body[len(hook) :]
        if " ".join(key.split()[1:3]) in docker:
            rest = sorted(re.sub(r"(?<![\w./:])(\d+\.){3}\d+(?![\d./])", "<address>", rule) for rule in rest)
        if not key.startswith("chain") and re.search(r"\b(dynamic|timeout)\b", " ".join(body)):
            rest = [line for line in rest if line.startswith(("type", "flags"))]
        if rest or hook and "policy drop" in hook[0]:
            facts[key] = "\n".join(hook + rest)
    return facts


@part
def firewall():
    return chain_facts(run("nft", "--stateless", "list", "ruleset"))


def legacy_facts(family, text):
    """"FAMILY TABLE CHAIN" -> policy and rules, of what iptables-save prints; chains that do nothing are left out."""
    chains, table = {}, ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith(":"):
            name, policy = line[1:].split()[:2]
            chains[f"{family} {table} {name}"] = [] if policy in ("-", "ACCEPT") else [f"policy {policy}"]
        elif line.startswith("-A "):
            name, _, rule = line[3:].partition(" ")
            chains.setdefault(f"{family} {table} {name}", []).append(rule)
    return {key: "\n".join(lines) for key, lines in chains.items() if lines}


@part
def legacy():
    """Tables of the old iptables, which nft does not show, and ipset's sets by name."""
    facts = {}
    for family, tool, file in (("ip", "iptables", "ip_tables_names"), ("ip6", "ip6tables", "ip6_tables_names")):
        try:
            tables = read(f"/proc/net/{file}", 1000).split()
        except OSError:
            continue  # never used
        if not tables:
            continue
        try:
            facts.update(legacy_facts(family, run(f"{tool}-legacy-save")))
        except Absent:
            facts.update({f"{family} {table}": "in use, and no tool to read it" for table in tables})
    if os.path.isdir("/sys/module/ip_set") and shutil.which("ipset", path="/usr/sbin:/sbin:/usr/bin"):
        for name in run("ipset", "list", "-n").split():
            if not re.search(r"-tmp$|^f2b-", name):
                facts[f"ipset {name}"] = ""
    return facts
