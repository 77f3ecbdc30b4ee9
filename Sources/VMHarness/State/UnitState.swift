/// A unit in a snapshot: the words of `ACTIVE SUB WHY`, and `skipped` when its condition kept it from starting.
struct UnitState {
    let active: String
    let sub: String
    private let isOnDemand: Bool
    private let isWantedAtBoot: Bool
    private let isSkipped: Bool

    init(_ fact: String) {
        let words = fact.split(separator: " ").map(String.init)
        active = words.first ?? "?"
        sub = words.count > 1 ? words[1] : "?"
        isOnDemand = words.contains("demand")
        isWantedAtBoot = words.contains("boot")
        isSkipped = words.contains("skipped")
    }

    /// What is wrong with it now that was not before; `nil` when nothing is.
    ///
    /// What ends when it is idle may be missing. So may a step of the boot that is not wanted, or not due, in this one.
    static func loss(from before: UnitState?, to after: UnitState?) -> String? {
        if let after, after.active == "failed" { return before?.active == "failed" ? nil : "failed" }
        if let after, after.sub == "auto-restart", before?.sub != "auto-restart" { return "keeps restarting" }
        guard let before, before.active == "active", !before.isOnDemand else { return nil }
        guard let after else { return before.isOneStep && !before.isWantedAtBoot ? nil : "is no longer active" }
        if after.active == "active" {
            return before.sub == "running" && after.sub == "exited" ? "was running, has exited" : nil
        }
        if before.isOneStep, after.isSkipped || !before.isWantedAtBoot { return nil }
        return "is no longer active (\(after.active)\(after.isSkipped ? ", its condition does not hold" : ""))"
    }

    /// Whether it is done when its program has ended.
    private var isOneStep: Bool { sub == "exited" }
}
