/// What changed underneath the services: file systems, kernel, packages, files.
enum SystemChanges {
    static func mounts(_ facts: FactDifference) -> [StateChange] {
        let lost = facts.lost.map { $0.key.hasPrefix("swap ") ? "\($0.key) is off" : "\($0.key) is not mounted" }
        let changed = facts.changed.map { key, old, new in
            let isNowReadOnly = isReadOnly(new) && !isReadOnly(old)
            return isNowReadOnly ? "\(key) is mounted read-only" : "\(key) is mounted as \(new), was \(old)"
        }
        return (lost + changed).map { StateChange(.mount, $0) }
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
        // The switch for everything that is forwarded comes first.
        let texts = (changed.filter { $0.key == master } + changed.filter { $0.key != master }).map {
            "\($0.key) is \($0.new), was \($0.old)"
        }
        let lost = facts.lost.filter { !$0.key.contains("/conf/") }.map {
            "\($0.key) was \($0.value), does not exist now"
        }
        return (texts + lost).map { StateChange(.sysctl, $0) }
    }

    static func dns(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.dns, "\($0.key): gone") } + facts.new.map { StateChange(.dns, "\($0.key): new") }
    }

    static func modules(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.module, "kernel module \($0.key) is not loaded, and does not load by itself") }
    }

    static func system(_ facts: FactDifference) -> [StateChange] {
        let changed = facts.changed.map {
            StateChange($0.key == "hostname" ? .identity : .kernel, "\($0.key) is \($0.new), was \($0.old)")
        }
        return changed + facts.lost.map { StateChange(.kernel, "\($0.key): gone") }
            + facts.new.map { StateChange(.kernel, "\($0.key): new") }
    }

    static func hostKeys(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.identity, "host key \($0.key) is gone") }
            + facts.changed.map { StateChange(.identity, "host key \($0.key) is another one") }
    }

    static func packages(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.package, "package \($0.key) is gone") }
            + facts.changed.map { StateChange(.package, "package \($0.key) is \($0.new), was \($0.old)") }
            + facts.new.map { StateChange(.package, "package \($0.key) is new") }
    }

    static func etc(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.file, "\($0.key) is gone") }
            + facts.changed.map { StateChange(.file, "\($0.key) has changed\(attributes($0.old, $0.new))") }
            + facts.new.map { StateChange(.file, "\($0.key) is new") }
    }

    /// Mode and owner, when only those differ.
    private static func attributes(_ old: String, _ new: String) -> String {
        let words = [old, new].map { $0.split(separator: " ", maxSplits: 1) }
        guard words.allSatisfy({ $0.count == 2 }), words[0][0] == words[1][0] else { return "" }
        return ": \(words[1][1]), was \(words[0][1])"
    }
}
