/// What a second run of the playbook did, and what that says: a playbook that changes something at every run is its own fault,
/// one that has to repair something after a reboot tells of a loss.
struct SecondRun: Sendable, Equatable {
    /// Tasks that changed something.
    var changed: [String] = []
    /// What ended it, when it failed.
    var failure: String?

    /// Runs it; a play that fails is a result.
    static func of(_ convergence: Convergence, _ name: String) async throws -> SecondRun {
        do {
            return SecondRun(changed: try await convergence.run(name).changedTasks)
        } catch let failed as PlayFailed {
            return SecondRun(failure: failed.headline)
        }
    }

    /// Whether it left the host alone.
    var isQuiet: Bool { changed.isEmpty && failure == nil }

    /// What is worth knowing of one before any reboot.
    var findings: [Complaint] {
        let failed = failure.map {
            Complaint(.play, "playbook", event: Verdict.everyRun, text: "a second run fails without any reboot: \($0)")
        }
        return [failed].compactMap { $0 }
    }

    /// Judges the run after the reboot.
    ///
    /// - Parameters:
    ///   - control: the second run before any reboot; `nil` when there was none.
    ///   - rule: the profile's.
    /// - Returns: what counts against the host, and what is only worth knowing.
    static func judge(
        _ changed: [String], control: SecondRun?, rule: Profile.Idempotence?, event: String
    ) -> (complaints: [Complaint], findings: [Complaint]) {
        let tasks = changed.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let repeated = tasks.filter { control?.changed.contains($0) == true }
        func always(_ task: String) -> Complaint {
            Complaint(
                .idempotence, task, event: Verdict.everyRun,
                text: "its playbook changes something at every run: \(task)", before: "unchanged", after: "changed")
        }
        func repaired(_ task: String) -> Complaint {
            Complaint(
                .idempotence, task, event: event, text: "its playbook had to do this again: \(task)",
                before: "done", after: "undone")
        }
        switch rule {
        case .reported: return ([], tasks.map(always))
        case .required:
            // Without a control run nobody knows which of both it is.
            return (tasks.map { repeated.contains($0) || control == nil ? always($0) : repaired($0) }, [])
        case nil:
            return (tasks.filter { !repeated.contains($0) }.map(repaired), repeated.map(always))
        }
    }
}
