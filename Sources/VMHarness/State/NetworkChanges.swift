/// What changed on the way of a packet: the firewall, interfaces, addresses, routes.
enum NetworkChanges {
    /// What the firewall does otherwise than before.
    struct Firewall {
        /// Chains that explain lost answers, in words.
        var causes: [StateChange] = []
        /// Chains that are gone, changed, or new and drop what containers need.
        var others: [StateChange] = []
        /// Base chains that are new and do no harm that is known, such as the first firewall of a host without containers.
        var additions: [StateChange] = []
    }

    /// Relates chains that are new or changed to what containers lost or publish.
    ///
    /// - Parameters:
    ///   - containers: facts of the containers, as far as known.
    ///   - deadPorts: published ports that no longer answer.
    ///   - mute: containers that can no longer reach out.
    ///   - event: what lies between, such as "boot".
    static func firewall(
        _ facts: FactDifference, containers: [String: String], deadPorts: [Int], mute: [String], since event: String,
        given: ClosedRange<Int> = ServiceChanges.usualPorts
    ) -> Firewall {
        let chains =
            facts.new.map { (FirewallChain(key: $0.key, value: $0.value), FirewallChain?.none) }
            + facts.changed.map {
                (FirewallChain(key: $0.key, value: $0.new), FirewallChain(key: $0.key, value: $0.old))
            }
        var found = Firewall()
        var base: [StateChange] = []
        var rest: [StateChange] = []
        for (chain, old) in chains {
            let start = "\(old == nil ? "new" : "changed") since \(event): \(chain.description)"
            if let harm = harm(of: chain, old: old, containers: containers, deadPorts: deadPorts, mute: mute) {
                found.causes.append(StateChange(.cause, chain.key, "\(start) \(harm)"))
            } else if let old {
                if chain.key.contains(" DOCKER"), chain.lines(without: given) == old.lines(without: given) { continue }
                let change = StateChange(.firewall, chain.key, "\(start)\(detail(old, chain))")
                if chain.isBase { base.append(change) } else { rest.append(change) }
            } else if chain.isBase {
                // A host that forwards nothing loses nothing to a chain that drops forwarded packets.
                if !containers.isEmpty, chain.dropsPublishedPorts || chain.dropsContainerEgress {
                    found.others.append(StateChange(.firewall, chain.key, start))
                } else {
                    found.additions.append(StateChange(.firewall, chain.key, start, isLoss: false))
                }
            }
        }
        for (key, value) in facts.lost {
            let chain = FirewallChain(key: key, value: value)
            let change = StateChange(
                .firewall, key, "gone since \(event): \(chain.description)", before: "there", after: "gone")
            if chain.isBase { base.append(change) } else { rest.append(change) }
        }
        found.others += base + rest
        return found
    }

    /// What a chain does to containers that it did not do before; `nil` when that is nothing.
    private static func harm(
        of chain: FirewallChain, old: FirewallChain?, containers: [String: String], deadPorts: [Int], mute: [String]
    ) -> String? {
        let ports = deadPorts.isEmpty ? publishedPorts(containers) : deadPorts.map { "tcp/\($0)" }
        let stopsPorts = chain.dropsPublishedPorts && old?.dropsPublishedPorts != true && !ports.isEmpty
        let stopsEgress =
            chain.dropsContainerEgress && old?.dropsContainerEgress != true
            && (!mute.isEmpty || stopsPorts)
        guard stopsPorts || stopsEgress else { return nil }
        let victims =
            (stopsPorts ? Array(ports.prefix(4)) : []) + (stopsEgress ? mute.prefix(4).map { "egress of \($0)" } : [])
        let bridges = Set(
            containers.filter { $0.key.hasSuffix(" bridges") }.values.flatMap { $0.split(separator: " ") })
        let through = bridges.isEmpty ? "docker0" : bridges.sorted().prefix(3).joined(separator: ", ")
        return "drops what \(through) forwards: \(victims.joined(separator: ", "))"
    }

    /// Ports that running containers publish to others, such as `tcp/8080`.
    static func publishedPorts(_ containers: [String: String]) -> [String] {
        let running = containers.filter { key, _ in
            guard key.hasSuffix(" ports") else { return false }
            return containers["\(key.dropLast(6)) status"] == "running"
        }
        let ports = running.values.flatMap { $0.split(separator: " ") }.compactMap { binding -> String? in
            guard !binding.hasPrefix("127."), !binding.hasPrefix("::1:"), let arrow = binding.range(of: "->") else {
                return nil
            }
            let proto = binding.hasSuffix("/udp") ? "udp" : "tcp"
            return binding[..<arrow.lowerBound].split(separator: ":").last.map { "\(proto)/\($0)" }
        }
        return Set(ports).sorted()
    }

    /// The first rule that tells two chains apart.
    private static func detail(_ old: FirewallChain, _ new: FirewallChain) -> String {
        if let rule = old.lines.first(where: { !new.lines.contains($0) }) { return ": no longer '\(rule.prefix(120))'" }
        if let rule = new.lines.first(where: { !old.lines.contains($0) }) { return ": now '\(rule.prefix(120))'" }
        return ": its rules have another order"
    }

    /// Chains and sets of the old iptables and ipset that are gone or have other rules.
    static func legacy(_ facts: FactDifference) -> [StateChange] {
        let lost = facts.lost.map { key, value -> StateChange in
            let what = key.hasPrefix("ipset ") ? key : "the rules of \(key) (iptables-legacy)"
            let rule = value.isEmpty ? "" : ", such as '\(value.lines.first?.prefix(120) ?? "")'"
            return StateChange(.firewall, key, "\(what) are gone\(rule)", before: value, after: "gone")
        }
        return lost
            + facts.changed.map {
                let old = FirewallChain(key: $0.key, value: $0.old)
                let new = FirewallChain(key: $0.key, value: $0.new)
                return StateChange(
                    .firewall, $0.key, "the rules of \($0.key) (iptables-legacy) are others\(detail(old, new))",
                    before: $0.old, after: $0.new)
            }
    }

    /// Interfaces that are gone, and addresses that those that are left have lost.
    static func addresses(_ facts: FactDifference) -> [StateChange] {
        let gone = facts.lost.map(\.key)
        let interfaces = gone.filter { !$0.contains(" ") }.map {
            StateChange(.network, $0, "interface \($0) is gone", after: "gone")
        }
        let addresses = gone.filter { $0.contains(" ") && facts.after[device($0)] != nil }.map {
            StateChange(.network, $0, "address \($0) is gone", after: "gone")
        }
        return interfaces + addresses
            + facts.changed.map {
                StateChange(
                    .network, $0.key, "interface \($0.key) is \($0.new), was \($0.old)", before: $0.old, after: $0.new)
            }
    }

    /// Queueing and neighbours that were set by hand.
    static func links(_ facts: FactDifference, without interfaces: [String]) -> [StateChange] {
        let lost = facts.lost.filter { key, _ in !interfaces.contains { " \(key) ".contains(" \($0) ") } }
        return lost.map { StateChange(.network, $0.key, "\($0.key) is gone", before: $0.value, after: "gone") }
            + facts.changed.map {
                StateChange(
                    .network, $0.key, "\($0.key) is \($0.new), was \($0.old)", before: $0.old, after: $0.new)
            }
    }

    private static func device(_ key: String) -> String { String(key.prefix { $0 != " " }) }

    /// Routes and rules that are gone, and new default routes, which take packets from others.
    ///
    /// - Parameter without: interfaces that are gone; that their routes are, too, needs no line.
    static func routes(_ facts: FactDifference, without interfaces: [String]) -> [StateChange] {
        let lost = facts.lost.map(\.key).filter { key in
            !interfaces.contains { "\(key) ".contains(" dev \($0) ") }
        }
        let fresh = facts.new.map(\.key).filter { $0.hasPrefix("default ") || $0.hasPrefix("0.0.0.0/0 ") }
        return lost.map {
            StateChange(
                .network, $0, $0.hasPrefix("rule ") ? "routing \($0) is gone" : "route \($0) is gone", after: "gone")
        }
            + fresh.map { StateChange(.network, $0, "new route \($0)", after: "new") }
    }
}
