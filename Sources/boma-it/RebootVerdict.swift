import VMHarness

/// What a reboot of a kept machine has shown.
struct RebootVerdict: Equatable, Sendable {
    let status: ExitStatus
    let text: String

    /// Looks, reboots, proves, and looks again.
    static func reach(_ subject: KeptSubject, isPowerCut: Bool) async throws -> RebootVerdict {
        do {
            let before = try await subject.observe("before the reboot").complaints
            do {
                _ = try await isPowerCut ? subject.machine.cutPower() : subject.machine.reboot()
            } catch {
                guard let lost = RebootEnding.verdict(error) as? DidNotSurvive else { throw error }
                return judge(before: before, after: lost.complaints)
            }
            return judge(before: before, after: try await subject.observeSettled("after the reboot").complaints)
        } catch let error where !(error is CancellationError) {
            return RebootVerdict(status: .couldNotTell, text: "could not tell: \(error)")
        }
    }

    /// A host that was not healthy before has shown nothing by not being healthy afterwards.
    static func judge(before: [String], after: [String]) -> RebootVerdict {
        if after.isEmpty { return RebootVerdict(status: .done, text: "the host survived the reboot") }
        guard before.isEmpty else {
            return RebootVerdict(
                status: .couldNotTell,
                text: "could not tell: the host was not healthy before the reboot\n"
                    + before.map { "  - \($0)" }.joined(separator: "\n"))
        }
        return RebootVerdict(
            status: .doesNotSurvive, text: "\(DidNotSurvive(what: "the reboot", complaints: after))")
    }
}
