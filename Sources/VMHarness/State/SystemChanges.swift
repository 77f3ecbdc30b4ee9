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

    /// New mounts over folders that held something.
    static func hidden(_ before: StateSnapshot, _ after: StateSnapshot) -> [StateChange] {
        guard let held = before[.behind].facts, let old = before[.mounts].facts, let new = after[.mounts].facts else {
            return []
        }
        return held.sorted { $0.key < $1.key }.filter { old[$0.key] == nil && new[$0.key] != nil }.map {
            StateChange(
                .mount, $0.key,
                "\($0.key) is hidden by a mount now: it held \($0.value), and what the boot mounts there never was mounted before",
                before: $0.value, after: new[$0.key])
        }
    }

    /// RAID, device mapper, loops, zram.
    static func devices(_ facts: FactDifference) -> [StateChange] {
        facts.lost.map { StateChange(.mount, $0.key, "\($0.key) is gone", before: "there", after: "gone") }
    }

    /// Paths in what a boot empties: another mode or owner locks clients out, and what is named somewhere is needed.
    static func runtime(_ facts: FactDifference) -> [StateChange] {
        func words(_ fact: String) -> [String] { fact.split(separator: " ").map(String.init) }
        func isNeeded(_ fact: String) -> Bool { words(fact).contains { $0.hasPrefix("named:") || $0 == "listens" } }
        let lost = facts.lost.filter { isNeeded($0.value) }.map {
            let kind = words($0.value).first ?? "path"
            return StateChange(
                .path, $0.key, "\(kind) \($0.key) is gone: a boot empties that place", before: $0.value, after: "gone")
        }
        let changed = facts.changed.filter {
            (isNeeded($0.old) || isNeeded($0.new)) && words($0.old).prefix(3) != words($0.new).prefix(3)
        }.map {
            StateChange(
                .path, $0.key,
                "\($0.key) is \(words($0.new).prefix(3).joined(separator: " ")), was \(words($0.old).prefix(3).joined(separator: " "))",
                before: $0.old, after: $0.new)
        }
        return lost + changed
    }

    /// Settings below `/sys`, of what is there in both, and AppArmor's profiles.
    static func tunables(_ facts: FactDifference, isOtherKernel: Bool) -> [StateChange] {
        let profiles = facts.lost.filter { $0.key.hasPrefix("AppArmor profile ") }.map {
            StateChange(.sysctl, $0.key, "\($0.key) is not loaded", before: $0.value, after: "not loaded")
        }
        return profiles
            + facts.changed.map {
                StateChange(
                    isOtherKernel ? .kernel : .sysctl, $0.key, "\($0.key) is \($0.new), was \($0.old)", before: $0.old,
                    after: $0.new)
            }
    }

    static func dns(_ facts: FactDifference) -> [StateChange] {
        gone(facts, .dns) + new(facts, .dns)
    }

    /// - Parameter others: beginnings of the names of those that went with something that is told already.
    static func modules(_ facts: FactDifference, without others: [String]) -> [StateChange] {
        facts.lost.filter { name, _ in !others.contains(where: name.hasPrefix) }.map {
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

    /// Files below `/etc`. What the boot itself rewrote or removed is lost to whoever had written it.
    ///
    /// - Parameter byBoot: whether nothing but a boot lies between: no play, and no package that brings other files.
    static func etc(_ facts: FactDifference, byBoot: Bool) -> [StateChange] {
        return facts.lost.map {
            StateChange(.file, $0.key, "\($0.key) is gone", after: "gone", isLoss: byBoot)
        }
            + facts.changed.map {
                StateChange(
                    .file, $0.key, "\($0.key) has changed\(attributes($0.old, $0.new))", before: $0.old, after: $0.new,
                    isLoss: byBoot)
            }
            + facts.new.map { StateChange(.file, $0.key, "\($0.key) is new", after: "new") }
    }

    /// Mode and owner, when only those differ.
    private static func attributes(_ old: String, _ new: String) -> String {
        let words = [old, new].map { $0.split(separator: " ") }
        guard words.allSatisfy({ $0.count >= 3 }), words[0][0] == words[1][0] else { return "" }
        return ": \(words[1][1...2].joined(separator: " ")), was \(words[0][1...2].joined(separator: " "))"
    }
}
