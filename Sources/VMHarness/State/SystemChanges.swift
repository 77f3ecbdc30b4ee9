/// What changed underneath the services: file systems, kernel, packages, files.
enum SystemChanges {
    static func mounts(_ facts: FactDifference) -> [StateChange] {
        let lost = facts.lost.map {
            StateChange(
                .mount, $0.key, $0.key.hasPrefix("swap ") ? "\($0.key) is off" : "\($0.key) is not mounted",
                before: $0.value, after: "gone")
        }
        let changed = facts.changed.map { key, old, new in
            let isNowReadOnly = isReadOnly(new) && !isReadOnly(old)
            return StateChange(
                .mount, key, isNowReadOnly ? "\(key) is mounted read-only" : "\(key) is mounted as \(new), was \(old)",
                before: old, after: new)
        }
        return lost + changed
    }

    private static func isReadOnly(_ mount: String) -> Bool {
        mount.split(separator: " ").last?.split(separator: ",").contains("ro") ?? false
    }

    /// Settings that differ; those of an interface that is gone, and those that follow from `ip_forward`, need no line.
    static func sysctl(_ facts: FactDifference) -> [StateChange] {
        let master = "net/ipv4/ip_forward"
        let changed = facts.changed.filter { key, _, _ in
            key == master || facts.before[master] == facts.after[master]
                || !(key.hasPrefix("net/ipv4/conf/") && key.hasSuffix("/forwarding"))
        }
        // ip_forward comes first: everything that is forwarded depends on it.
        let changes = (changed.filter { $0.key == master } + changed.filter { $0.key != master }).map {
            StateChange(.sysctl, $0.key, "\($0.key) is \($0.new), was \($0.old)", before: $0.old, after: $0.new)
        }
        return changes
            + facts.lost.filter { !$0.key.contains("/conf/") }.map {
                StateChange(
                    .sysctl, $0.key, "\($0.key) was \($0.value), does not exist now", before: $0.value, after: "gone")
            }
    }

    static func dns(_ facts: FactDifference) -> [StateChange] {
        gone(facts, .dns) + new(facts, .dns)
    }

    static func modules(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map {
            StateChange(
                .module, $0.key, "kernel module \($0.key) is not loaded, and does not load by itself",
                before: "loaded", after: "not loaded")
        }
    }

    static func system(_ facts: FactDifference) -> [StateChange] {
        facts.changed.map {
            StateChange(
                $0.key == "hostname" ? .identity : .kernel, $0.key, "\($0.key) is \($0.new), was \($0.old)",
                before: $0.old, after: $0.new)
        } + gone(facts, .kernel) + new(facts, .kernel)
    }

    private static func gone(_ facts: FactDifference, _ kind: Complaint.Kind) -> [StateChange] {
        facts.lost.map { StateChange(kind, $0.key, "\($0.key): gone", before: $0.value, after: "gone") }
    }

    private static func new(_ facts: FactDifference, _ kind: Complaint.Kind) -> [StateChange] {
        facts.new.map { StateChange(kind, $0.key, "\($0.key): new", after: $0.value) }
    }

    static func hostKeys(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.identity, $0.key, "host key \($0.key) is gone", before: $0.value, after: "gone") }
            + facts.changed.map {
                StateChange(
                    .identity, $0.key, "host key \($0.key) is another one", before: $0.old, after: $0.new)
            }
    }

    static func packages(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.package, $0.key, "package \($0.key) is gone", before: $0.value, after: "gone") }
            + facts.changed.map {
                StateChange(
                    .package, $0.key, "package \($0.key) is \($0.new), was \($0.old)", before: $0.old, after: $0.new)
            }
            + facts.new.map { StateChange(.package, $0.key, "package \($0.key) is new", after: $0.value) }
    }

    static func etc(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.file, $0.key, "\($0.key) is gone", after: "gone") }
            + facts.changed.map {
                StateChange(.file, $0.key, "\($0.key) has changed\(attributes($0.old, $0.new))", after: "changed")
            }
            + facts.new.map { StateChange(.file, $0.key, "\($0.key) is new", after: "new") }
    }

    /// Mode and owner, when only those differ.
    private static func attributes(_ old: String, _ new: String) -> String {
        let words = [old, new].map { $0.split(separator: " ", maxSplits: 1) }
        guard words.allSatisfy({ $0.count == 2 }), words[0][0] == words[1][0] else { return "" }
        return ": \(words[1][1]), was \(words[0][1])"
    }
}
