/// A unit in a snapshot: the words of `ACTIVE SUB WHY`, and `skipped` when its condition kept it from starting.
struct UnitState {
    let active: String
    let sub: String
    private let isOnDemand: Bool
    private let isWantedAtBoot: Bool
    private let isSkipped: Bool
    private let isLocal: Bool
    private let isUnarmed: Bool
    private let wasDropped: Bool
    private let conditions: [String]

    init(_ fact: String) {
        let words = fact.split(separator: " ").map(String.init)
        active = words.first ?? "?"
        sub = words.count > 1 ? words[1] : "?"
        isOnDemand = words.contains("demand")
        isWantedAtBoot = words.contains("boot")
        isSkipped = words.contains("skipped")
        isLocal = words.contains("local")
        isUnarmed = sub == "unarmed"
        wasDropped = words.contains("cycle")
        conditions = words.filter { $0.hasPrefix("Condition") }
    }

    /// What is wrong with it now that was not before; `nil` when nothing is.
    ///
    /// What ends when it is idle may be missing. So may a step of the boot that is not wanted, or not due, in this one.
    /// - Parameter isDisabled: whether it could be enabled and is not: somebody has started it for this boot only.
    static func loss(from before: UnitState?, to after: UnitState?, isDisabled: Bool = false) -> String? {
        if let after, after.active == "failed" { return before?.active == "failed" ? nil : "failed" }
        if let after, after.sub == "auto-restart", before?.sub != "auto-restart" { return "keeps restarting" }
        guard let before, before.active == "active", !before.isOnDemand else { return nil }
        // A step that somebody wrote for this host, or started by hand, is missed. Steps of packages come and go.
        let isMissed = before.isLocal || isDisabled
        let cause = isDisabled ? ": it is not enabled, so no boot starts it" : ""
        guard let after else {
            return before.isOneStep && !before.isWantedAtBoot && !isMissed ? nil : "is no longer active\(cause)"
        }
        if after.active == "active" {
            if after.isUnarmed, !before.isUnarmed { return "has no next run: nothing in it counts from a boot" }
            return before.sub == "running" && after.sub == "exited" ? "was running, has exited" : nil
        }
        if before.isOneStep, !isMissed, after.isSkipped || !before.isWantedAtBoot { return nil }
        // A condition that asks for something not to be there makes a step run once.
        if before.isOneStep, after.isSkipped, after.onlyOnce { return nil }
        return "is no longer active (\(after.active)\(after.reason))\(cause)"
    }

    private var reason: String {
        if wasDropped { return ", systemd dropped it to break an ordering cycle" }
        guard isSkipped else { return "" }
        let words = conditions.isEmpty ? "" : ": \(conditions.joined(separator: " "))"
        return ", its condition does not hold\(words)"
    }

    private var onlyOnce: Bool {
        !conditions.isEmpty
            && conditions.allSatisfy {
                $0.contains("=!") || $0.hasPrefix("ConditionFirstBoot") || $0.hasPrefix("ConditionNeedsUpdate")
            }
    }

    /// Whether it is done when its program has ended.
    private var isOneStep: Bool { sub == "exited" }
}
