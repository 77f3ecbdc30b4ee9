import VMHarness

/// What a reboot of a kept machine has shown.
struct RebootVerdict: Equatable, Sendable {
    let status: ExitStatus
    let text: String

    /// Looks, reboots, proves, and looks again.
    static func reach(_ subject: KeptSubject, isPowerCut: Bool) async throws -> RebootVerdict {
        do {
            let before = try await subject.observe("before the reboot").complaints
            let state = try await subject.snapshot()
            do {
                _ = try await isPowerCut ? subject.machine.cutPower() : subject.machine.reboot()
            } catch {
                guard let lost = RebootEnding.verdict(error) as? DidNotSurvive else { throw error }
                return RebootVerdict(status: .doesNotSurvive, text: "\(lost)")
            }
            let after = try await subject.observeSettled("after the reboot").complaints
            let now = try await subject.snapshot(asking: state, isSettling: true)
            return judge(before: before, after: after, losses: state.difference(to: now).losses)
        } catch let error where !(error is CancellationError) {
            return RebootVerdict(status: .couldNotTell, text: "could not tell: \(error)")
        }
    }

    /// A host that was not healthy before has shown nothing by not being healthy afterwards, unless something else was lost.
    ///
    /// - Parameter losses: what was there before and is not any more, declared or not.
    static func judge(before: [String], after: [String], losses: [String] = []) -> RebootVerdict {
        if after.isEmpty, losses.isEmpty { return RebootVerdict(status: .done, text: "the host survived the reboot") }
        guard before.isEmpty || !losses.isEmpty else {
            return RebootVerdict(
                status: .couldNotTell,
                text: "could not tell: the host was not healthy before the reboot\n"
                    + before.map { "  - \($0)" }.joined(separator: "\n"))
        }
        let complaints = after.filter { !before.contains($0) } + losses
        return RebootVerdict(
            status: .doesNotSurvive, text: "\(DidNotSurvive(what: "the reboot", complaints: complaints))")
    }
}
