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
    static func listeners(_ facts: FactDifference) -> [StateChange] {
        var moved = Set(facts.new.compactMap { movable($0.key, $0.value) })
        var whole: [String: String] = [:]
        var single: [StateChange] = []
        let left = Set(facts.after.keys.map(portName))
        for (key, owner) in facts.lost {
            // A port that the kernel picked is another one after every start.
            if let kind = movable(key, owner), moved.remove(kind) != nil { continue }
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
        let kinds = Set(new.filter { old[$0.key] == nil }.compactMap { movable($0.key, $0.value) })
        return Set(
            old.compactMap { key, owner in
                guard new[key] == nil, key.hasPrefix("tcp "), let kind = movable(key, owner), kinds.contains(kind)
                else {
                    return nil
                }
                return key.split(separator: ":").last.flatMap { Int($0) }
            })
    }

    /// `tcp 0.0.0.0:80` as `tcp/80`.
    private static func portName(_ key: String) -> String {
        "\(key.prefix { $0 != " " })/\(key.split(separator: ":").last ?? "?")"
    }

    /// Protocol, address and owner of a listener whose port is one of those that Linux gives away.
    private static func movable(_ key: String, _ owner: String) -> String? {
        guard let colon = key.lastIndex(of: ":"), let port = Int(key[key.index(after: colon)...]),
            (32768...60999).contains(port)
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
                        .container, name, "container \(name) is \(status), was \(old)", before: old, after: status))
            }
            // "starting" says nothing yet.
            if facts.after["\(name) health"] == "unhealthy", facts.before["\(name) health"] != "unhealthy" {
                found.append(StateChange(.container, name, "container \(name) is unhealthy", after: "unhealthy"))
            }
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

    private static func owner(_ key: String) -> String { String(key.prefix { $0 != " " }) }

    private static func appeared(_ name: String, _ facts: [String: String]) -> [StateChange] {
        let status = facts["\(name) status"] ?? "running"
        guard ["restarting", "dead"].contains(status) else { return [] }
        return [StateChange(.container, name, "container \(name) is new and \(status)", after: status)]
    }

    /// Units that failed, first, and those that are no longer up.
    static func units(_ facts: FactDifference) -> [StateChange] {
        let names = Set(facts.before.keys).union(facts.after.keys).sorted()
        let losses = names.compactMap { name in
            UnitState.loss(from: facts.before[name].map(UnitState.init), to: facts.after[name].map(UnitState.init))
                .map { (name, $0) }
        }
        return (losses.filter { $0.1 == "failed" } + losses.filter { $0.1 != "failed" }).map {
            StateChange(.unit, $0, "\($0) \($1)", before: facts.before[$0], after: facts.after[$0])
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
