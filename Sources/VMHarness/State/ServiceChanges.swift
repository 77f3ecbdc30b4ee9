/// What no longer serves: answers, listeners, containers, units.
enum ServiceChanges {
    /// What answered and doesn't; an answer that was not asked for in both is no change.
    static func answers(_ before: Reachability, _ after: Reachability) -> [StateChange] {
        let outside = lost(before.outside, after.outside).map { port, detail in
            let local = after.localhost[port]?.ok == true ? "; on its own localhost it still answers" : ""
            return StateChange(
                .answer, "tcp/\(port)",
                "tcp/\(port) answered from outside before, does not now (\(detail.prefix(150))\(local))",
                before: "answers", after: detail)
        }
        let egress = lost(before.containerEgress, after.containerEgress).map { name, detail in
            StateChange(
                .answer, "egress of container \(name)",
                "container \(name) could reach out before, can not now (\(detail.prefix(150)))",
                before: "reaches out", after: detail)
        }
        let local = lost(before.localhost, after.localhost).map { port, detail in
            StateChange(
                .answer, "localhost:\(port)",
                "tcp/\(port) answered on the host's localhost before, does not now (\(detail.prefix(150)))",
                before: "answers", after: detail)
        }
        var host: [StateChange] = []
        if before.hostEgress?.ok == true, let now = after.hostEgress, !now.ok {
            host = [
                StateChange(
                    .answer, "egress of the host",
                    "the host itself could reach out before, can not now (\(now.detail.prefix(150)))",
                    before: "reaches out", after: now.detail)
            ]
        }
        return outside + egress + host + local
    }

    /// Keys that were answered and are not, with what was seen instead.
    static func lost<Key: Comparable>(_ before: [Key: Answer], _ after: [Key: Answer]) -> [(Key, String)] {
        before.filter { $0.value.ok && after[$0.key]?.ok == false }.keys.sorted().map { ($0, after[$0]?.detail ?? "") }
    }

    /// Sockets that nothing listens on any more.
    ///
    /// - Parameter given: ports that the kernel gives away on this host.
    static func listeners(_ facts: FactDifference, given: ClosedRange<Int> = usualPorts) -> [StateChange] {
        var moved = facts.new.compactMap { movable($0.key, $0.value, given) }
        var whole: [String: String] = [:]
        var single: [StateChange] = []
        let left = Set(facts.after.keys.map(portName))
        for (key, owner) in facts.lost {
            // A port that the kernel picked is another one after every start.
            if let kind = movable(key, owner, given), let other = moved.firstIndex(of: kind) {
                moved.remove(at: other)
                continue
            }
            if left.contains(portName(key)) {
                single.append(
                    StateChange(
                        .listener, key, "nothing listens on \(key) any more (was \(owner))", before: owner,
                        after: "nothing"))
            } else {
                whole[portName(key)] = owner
            }
        }
        let gone = whole.sorted { $0.key < $1.key }.map { port, owner in
            StateChange(
                .listener, port, "nothing listens on \(port) any more (was \(owner))", before: owner, after: "nothing")
        }
        let others = facts.changed.filter { $0.old != "-" && $0.new != "-" }.map {
            StateChange(
                .listener, $0.key, "\($0.key) belongs to \($0.new), was \($0.old)", before: $0.old, after: $0.new)
        }
        return gone + single + others
    }

    /// TCP ports that the kernel picked and whose program has been given another one since.
    static func moved(from before: StateSnapshot, to after: StateSnapshot) -> Set<Int> {
        guard case .facts(let old) = before[.listeners], case .facts(let new) = after[.listeners] else { return [] }
        let given = givenPorts(before, after)
        var kinds = new.filter { old[$0.key] == nil }.compactMap { movable($0.key, $0.value, given) }
        var ports: Set<Int> = []
        for (key, owner) in old.sorted(by: { $0.key < $1.key }) where new[key] == nil && key.hasPrefix("tcp ") {
            guard let kind = movable(key, owner, given), let other = kinds.firstIndex(of: kind) else { continue }
            kinds.remove(at: other)
            key.split(separator: ":").last.flatMap { Int($0) }.map { _ = ports.insert($0) }
        }
        return ports
    }

    /// Linux's own choice.
    static let usualPorts = 32768...60999

    /// Ports that the kernel gives away: `net.ipv4.ip_local_port_range`, which a play may have widened.
    static func givenPorts(_ before: StateSnapshot, _ after: StateSnapshot) -> ClosedRange<Int> {
        let ranges = [before, after].compactMap { $0[.sysctl].facts?["net/ipv4/ip_local_port_range"] }.compactMap {
            text -> ClosedRange<Int>? in
            let ends = text.split(separator: " ").compactMap { Int($0) }
            return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
        }
        return ranges.reduce(usualPorts) { min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound) }
    }

    /// `tcp 0.0.0.0:80` as `tcp/80`.
    private static func portName(_ key: String) -> String {
        "\(key.prefix { $0 != " " })/\(key.split(separator: ":").last ?? "?")"
    }

    /// Protocol, address and owner of a listener whose port may be another one: one of those that Linux gives away, or sshd's,
    /// whose new port takes effect at a boot. That a login works is proven apart.
    private static func movable(_ key: String, _ owner: String, _ given: ClosedRange<Int>) -> String? {
        guard let colon = key.lastIndex(of: ":"), let port = Int(key[key.index(after: colon)...]),
            given.contains(port) || owner.hasPrefix("rpc.") || owner == "sshd"
        else { return nil }
        return "\(key[..<colon]) \(owner)"
    }

    /// Containers that are gone, stopped, unhealthy or set up otherwise.
    static func containers(_ facts: FactDifference) -> [StateChange] {
        let names = Set(facts.before.keys.map(owner)).union(facts.after.keys.map(owner)).sorted()
        return names.flatMap { name -> [StateChange] in
            guard facts.before["\(name) status"] != nil else { return appeared(name, facts.after) }
            guard let status = facts.after["\(name) status"] else {
                return [StateChange(.container, name, "container \(name) is gone", after: "gone")]
            }
            var found: [StateChange] = []
            let old = facts.before["\(name) status"] ?? ""
            if status != old, old == "running" || status != "running" {
                found.append(
                    StateChange(
                        .container, name, "container \(name) is \(status), was \(old)\(reason(name, facts))",
                        before: old,
                        after: status))
            }
            let health = facts.after["\(name) health"] ?? ""
            // "starting" has been waited for; only who was healthy before has lost anything by it.
            let oldHealth = facts.before["\(name) health"]
            if health == "unhealthy" && oldHealth != "unhealthy" || health == "starting" && oldHealth == "healthy" {
                found.append(StateChange(.container, name, "container \(name) is \(health)", after: health))
            }
            found += inner(name, facts)
            for property in ["ports", "networks", "image", "restart policy"] {
                let values = [facts.before, facts.after].map { $0["\(name) \(property)"] ?? "none" }
                if values[0] != values[1] {
                    found.append(
                        StateChange(
                            .container, name, "container \(name): \(property) \(values[1]), was \(values[0])",
                            before: values[0], after: values[1]))
                }
            }
            return found
        }
    }

    private static func reason(_ name: String, _ facts: FactDifference) -> String {
        facts.after["\(name) error"].map { ": \($0.prefix(300))" } ?? ""
    }

    /// What a container sees otherwise than before.
    private static func inner(_ name: String, _ facts: FactDifference) -> [StateChange] {
        facts.changed.filter { $0.key.hasPrefix("\(name) bind ") || $0.key == "\(name) names from" }.compactMap {
            let place = $0.key.dropFirst(name.count + 1)
            if place.hasPrefix("bind ") {
                guard $0.old == "the host's" else { return nil }
                return StateChange(
                    .container, "\(name) \(place)",
                    "container \(name) sees \($0.new) at \(place.dropFirst(5)): that was mounted after the container had started",
                    before: $0.old, after: $0.new)
            }
            return StateChange(
                .container, "\(name) names", "container \(name) asks \($0.new) for names, was \($0.old)",
                before: $0.old,
                after: $0.new)
        }
    }

    private static func owner(_ key: String) -> String { String(key.prefix { $0 != " " }) }

    private static func appeared(_ name: String, _ facts: [String: String]) -> [StateChange] {
        let status = facts["\(name) status"] ?? "running"
        guard ["restarting", "dead"].contains(status) else { return [] }
        return [StateChange(.container, name, "container \(name) is new and \(status)", after: status)]
    }

    /// Units that failed, first, and those that are no longer up.
    ///
    /// - Parameter enablement: whether unit files are enabled, as known before.
    static func units(_ facts: FactDifference, enablement: [String: String] = [:]) -> [StateChange] {
        let names = Set(facts.before.keys).union(facts.after.keys).sorted()
        let losses = names.compactMap { name in
            UnitState.loss(
                from: facts.before[name].map(UnitState.init), to: facts.after[name].map(UnitState.init),
                isDisabled: enablement[name] == "disabled"
            ).map { (name, $0) }
        }
        return (losses.filter { $0.1 == "failed" } + losses.filter { $0.1 != "failed" }).map {
            StateChange(.unit, $0, "\($0) \($1)", before: facts.before[$0], after: facts.after[$0])
        }
    }

    /// Services that users had without a login, and programs that a login has left behind.
    static func users(_ facts: FactDifference) -> [StateChange] {
        let managers = facts.lost.filter { $0.key.hasSuffix(" manager") }.map { owner($0.key) }
        return facts.lost.compactMap { key, _ in
            let name = owner(key)
            if key.hasSuffix(" manager") {
                return StateChange(
                    .unit, key, "user \(name) has no service manager any more: nothing starts it without a login",
                    before: "running", after: "gone")
            }
            guard !managers.contains(name) else { return nil }
            let unit = key.dropFirst(name.count + 1)
            return StateChange(
                .unit, key, "\(unit) of user \(name) is no longer active", before: "running", after: "gone")
        }
    }

    /// Programs that ran without a unit.
    static func byHand(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map {
            StateChange(
                .process, $0.key,
                "\($0.key) does not run any more: it was started by hand, no unit starts it at a boot",
                before: "running", after: "gone")
        }
    }

    /// What restarts again and again, and did not.
    static func restarts(_ facts: FactDifference) -> [StateChange] {
        facts.new.map {
            StateChange($0.key.hasPrefix("container ") ? .container : .unit, $0.key, "\($0.key) \($0.value)")
        }
    }

    /// Units that the next boot would not start any more.
    static func enablement(_ facts: FactDifference) -> [StateChange] {
        facts.before.sorted { $0.key < $1.key }.compactMap { name, old in
            let now = facts.after[name] ?? "not installed"
            let isLoss = old == "enabled" || now == "masked"
            return isLoss && now != old
                ? StateChange(.unit, name, "\(name) was \(old), is \(now)", before: old, after: now) : nil
        }
    }
}
