/// What worked before and not after: the meaningful difference between two snapshots, what matters most first.
///
/// A healthy reboot has none. Things that are new and harm nobody are left out; so is what two boots never have in common.
public struct StateDifference: Sendable, Equatable {
    /// What changed, ranked.
    public let changes: [StateChange]
    /// New base chains of the firewall, when nothing else changed: a firewall that is loaded for the first time is what a
    /// first reboot is for. When anything was lost they are among ``changes``, as they may be why, but are no loss.
    public let notes: [StateChange]
    /// Parts that could not be compared, with the reason. They are not equal: nobody knows.
    public let unknown: [String]

    /// Whether nothing was lost, and everything could be compared.
    public var isEmpty: Bool { changes.isEmpty && unknown.isEmpty }

    /// Compares two snapshots of one machine.
    ///
    /// - Parameters:
    ///   - answers: what answered at the two moments; without it nothing is said about answers.
    ///   - event: what lies between, for the words "new since …".
    ///   - omitted: parts that are not to be compared, such as the host keys of two machines.
    public init(
        from before: StateSnapshot, to after: StateSnapshot,
        answers: (before: Reachability, after: Reachability)? = nil, since event: String = "boot",
        omitting omitted: Set<StateSnapshot.Part> = []
    ) {
        var old = answers?.before ?? Reachability()
        let moved = ServiceChanges.moved(from: before, to: after)
        old.outside = old.outside.filter { !moved.contains($0.key) }
        let new = answers?.after ?? Reachability()
        var found = ServiceChanges.answers(old, new)
        var additions: [StateChange] = []
        var unknown: [String] = []
        for part in StateSnapshot.Part.allCases where !omitted.union(StateSnapshot.explanations).contains(part) {
            switch (before[part], after[part]) {
            case (.absent, .absent): continue
            case (.facts, .facts), (.absent, .facts):
                let (left, right) = (before[part].facts ?? [:], after[part].facts ?? [:])
                let facts = FactDifference(before: left, after: right)
                if part == .firewall {
                    let firewall = NetworkChanges.firewall(
                        facts, containers: Self.containers(before, after),
                        deadPorts: ServiceChanges.lost(old.outside, new.outside).map(\.0),
                        mute: ServiceChanges.lost(old.containerEgress, new.containerEgress).map(\.0), since: event,
                        given: ServiceChanges.givenPorts(before, after))
                    found += firewall.causes + firewall.others
                    additions = firewall.additions
                } else {
                    found += Self.changes(in: part, facts, before, after, isBoot: event == "boot")
                }
            case (_, .unavailable(let why)), (.facts, .absent(let why)), (.unavailable, .absent(let why)):
                unknown.append("\(part.rawValue) (\(printable(why.prefix(80))))")
            case (.unavailable(let why), _): unknown.append("\(part.rawValue) (before: \(printable(why.prefix(80))))")
            }
        }
        notes = found.isEmpty ? additions : []
        if !found.isEmpty { found += additions }
        // Within a rank keep the order: the most important line was added first.
        changes = found.enumerated().sorted {
            (StateChange.rank($0.element.kind), $0.offset) < (StateChange.rank($1.element.kind), $1.offset)
        }.map(\.element)
        self.unknown = unknown
    }

    private static func changes(
        in part: StateSnapshot.Part, _ facts: FactDifference, _ before: StateSnapshot, _ after: StateSnapshot,
        isBoot: Bool
    ) -> [StateChange] {
        switch part {
        case .firewall: []
        case .configured, .behind, .reasons, .plannedFirewall, .lasting: []
        case .units: ServiceChanges.units(facts, enablement: before[.enablement].facts ?? [:])
        case .users: ServiceChanges.users(facts)
        case .byHand: ServiceChanges.byHand(facts)
        case .restarts: ServiceChanges.restarts(facts)
        case .legacy: NetworkChanges.legacy(facts)
        case .devices: SystemChanges.devices(facts)
        case .runtime: SystemChanges.runtime(facts)
        case .tunables: SystemChanges.tunables(facts, isOtherKernel: isOtherKernel(before, after))
        case .enablement: ServiceChanges.enablement(facts)
        case .listeners: ServiceChanges.listeners(facts, given: ServiceChanges.givenPorts(before, after))
        case .containers: ServiceChanges.containers(facts)
        case .addresses: NetworkChanges.addresses(facts)
        case .links: NetworkChanges.links(facts, without: lostInterfaces(before, after))
        case .routes: NetworkChanges.routes(facts, without: lostInterfaces(before, after))
        case .dns: SystemChanges.dns(facts)
        case .sysctl:
            KernelSettings(
                configured: after[.configured].facts ?? [:], isOtherKernel: isOtherKernel(before, after),
                hasOtherPages: hasOtherPages(before, after)
            ).changes(facts)
        case .mounts: SystemChanges.hidden(before, after) + SystemChanges.mounts(facts)
        case .modules:
            SystemChanges.modules(
                facts,
                without: (before[.legacy] == after[.legacy]
                    ? [] : ["ip_tables", "ip6_tables", "iptable_", "ip6table_"])
                    + (lostZram(before, after) ? ["zram", "zsmalloc"] : []))
        case .system: SystemChanges.system(facts)
        case .packages: SystemChanges.packages(facts)
        case .hostKeys: SystemChanges.hostKeys(facts)
        case .etc: SystemChanges.etc(facts, byBoot: isBoot && before[.packages] == after[.packages])
        }
    }

    private static func lostZram(_ before: StateSnapshot, _ after: StateSnapshot) -> Bool {
        let now = after[.devices].facts ?? [:]
        return (before[.devices].facts ?? [:]).keys.contains { $0.hasPrefix("zram ") && now[$0] == nil }
    }

    private static func hasOtherPages(_ before: StateSnapshot, _ after: StateSnapshot) -> Bool {
        let key = "/sys/kernel/mm/transparent_hugepage/enabled"
        return before[.tunables].facts?[key] != after[.tunables].facts?[key]
    }

    private static func isOtherKernel(_ before: StateSnapshot, _ after: StateSnapshot) -> Bool {
        before[.system].facts?["kernel"] != after[.system].facts?["kernel"]
    }

    /// The containers as they are now or, when that is not known, as they were.
    private static func containers(_ before: StateSnapshot, _ after: StateSnapshot) -> [String: String] {
        after[.containers].facts ?? before[.containers].facts ?? [:]
    }

    private static func lostInterfaces(_ before: StateSnapshot, _ after: StateSnapshot) -> [String] {
        guard let old = before[.addresses].facts, let new = after[.addresses].facts else { return [] }
        return FactDifference(before: old, after: new).lost.map(\.key).filter { !$0.contains(" ") }
    }

    /// The answer to "what did not survive?".
    ///
    /// - Parameter limit: how many lines it may have, at least three.
    /// - Returns: what matters most, how much more there is, and what could not be told.
    public func summary(limit: Int = 10) -> String {
        let calm = unknown.isEmpty ? "nothing was lost" : "nothing was lost in what could be compared"
        let texts = changes.isEmpty ? [calm] + notes.map(\.text) : changes.map(\.text)
        let last = unknown.isEmpty ? [] : [printable("could not tell: \(unknown.joined(separator: ", "))")]
        let room = max(3, limit) - last.count
        guard texts.count > room else { return (texts + last).joined(separator: "\n") }
        let lines = texts.prefix(room - 1) + ["… and \(texts.count - room + 1) more"]
        return (lines + last).joined(separator: "\n")
    }
}
