import Foundation

/// What people ask before a deploy: does this host survive its playbook and the next reboot?
///
/// Converges, looks, converges once more, reboots with proof, looks again, compares, and converges again. The one place where
/// that question is asked: the command line, the scripts and the tests all call it.
public struct Survival: Sendable {
    /// What is asked.
    public struct Question: Sendable {
        /// A named set of the profile's variables; none, or the one that the cert tier needs, when `nil`.
        public var scenario: String?
        /// Whether to wait for a run that holds the host, instead of ending at once.
        public var waits: Bool

        /// The usual question.
        public init(scenario: String? = nil, waits: Bool = false) {
            self.scenario = scenario
            self.waits = waits
        }
    }

    private let run: Run
    private let question: Question
    private let record: TestRecorder
    private static let event = "the reboot"

    /// Asks about the host that the configuration names. Never throws: whatever goes wrong is part of the answer.
    ///
    /// An interruption ends it within seconds, the machine is gone then, and the answer says so.
    public static func ask(_ configuration: HarnessConfiguration, _ question: Question = Question()) async
        -> SurvivalAnswer
    {
        let work = Task { await answer(configuration, question) }
        let number = Interruption.shared.add {
            work.cancel()
            _ = await work.value
        }
        defer { Interruption.shared.remove(number) }
        return await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
    }

    private static func answer(_ configuration: HarnessConfiguration, _ question: Question) async -> SurvivalAnswer {
        do {
            let run = try await Run.start(configuration, waits: question.waits)
            return await Survival(
                run: run, question: question,
                record: TestRecorder("survives", in: "Survival", progress: run.progress)
            ).answer()
        } catch {
            let isEnding = Interruption.shared.isEnding
            return SurvivalAnswer(
                host: configuration.subject, .couldNotTell(isEnding ? .interrupted : Trouble(error)))
        }
    }

    /// Asks with a run that is ready, and finishes its report.
    private func answer() async -> SurvivalAnswer {
        run.log.say("question: does \(run.profile.subject) survive its playbook and a reboot?")
        let known = Set(run.directory.folders)
        var (verdict, next) = await verdictOfAMachine()
        do {
            try await run.verifyImageUntouched()
        } catch  where verdict.word == .survives {
            verdict = .couldNotTell(Trouble(error))
        } catch {}
        let folders = run.directory.folders.filter { !known.contains($0) }
        for folder in folders { record.addPlays(in: folder.appending(path: "ansible")) }
        run.report.add(
            record.report(
                TestOutcome(verdict), verdict: verdict,
                evidence: folders.flatMap { EvidenceFile.all(in: $0, of: run.directory.url) }),
            next: next)
        run.report.finish()
        run.log.say("report: \(run.report.page.path)")
        return SurvivalAnswer(run.report, next: next)
    }

    /// Makes a machine that is the host, examines it, and ends it. A machine that the emulator failed is replaced once.
    private func verdictOfAMachine() async -> (Verdict, next: [String]) {
        for isLast in [false, true] {
            var subject: Subject
            do {
                subject = try await record.timeline.measure(.boot, "to the start") {
                    try await run.progress.watching { try await run.subject(for: "survives", from: .booted) }
                }
            } catch {
                return (Self.ended(Verdict(beforeReboot: error)), [])
            }
            subject.record = record
            let verdict: Verdict
            do {
                verdict = try await run.progress.watching { try await examine(subject) }
            } catch  where !isLast && error is EmulatorFault {
                run.log.say("EMULATOR FAULT: \(error)\nthe question is asked once more, on a new machine")
                await subject.machine.destroy()
                continue
            } catch {
                verdict = .couldNotTell(Trouble(error))
            }
            let final = Self.ended(verdict)
            return (final, await subject.end(final))
        }
        return (.couldNotTell(.interrupted), [])
    }

    /// A run that is being ended has seen nothing that counts: its machine is being taken away.
    private static func ended(_ verdict: Verdict) -> Verdict {
        Interruption.shared.isEnding || Task.isCancelled ? .couldNotTell(.interrupted) : verdict
    }

    // MARK: - The question

    /// Examines a machine that no play has run on yet.
    ///
    /// - Throws: ``EmulatorFault`` and `CancellationError`; everything else is a verdict.
    private func examine(_ subject: Subject) async throws -> Verdict {
        var begun: Convergence?
        defer { begun?.stop() }
        let convergence: Convergence
        let before: Look
        let control: SecondRun?
        do {
            let failed = try await subject.failedUnits()
            convergence = try await Convergence(
                subject, scenario: question.scenario, isBare: !run.configuration.layers.areUsed)
            begun = convergence
            _ = try await subject.timed(.other, "converge") { try await convergence.run("converge") }
            (before, control) = try await settleBefore(subject, convergence, failedBefore: failed)
            try await subject.verify("before the reboot", variables: try convergence.variables)
        } catch {
            try Self.passOn(error)
            return Verdict(beforeReboot: error)
        }
        do {
            let seen = try await Self.reboot(subject, since: before)
            record.add(findings: seen.allowances)
            let verdict = try await withoutNoise(subject, seen)
            guard verdict == .survives else { return verdict }
            try await subject.verify("after the reboot", variables: try convergence.variables)
            return try await convergeAgain(subject, convergence, control)
        } catch {
            try Self.passOn(error)
            return Verdict(afterReboot: error, event: Self.event)
        }
    }

    /// The verdict of a reboot. Where all that was lost may be what differs at every boot, a second reboot decides.
    private func withoutNoise(_ subject: Subject, _ seen: Comparison) async throws -> Verdict {
        let verdict = seen.verdict
        guard ControlReboot.decides(verdict.complaints) else { return verdict }
        run.log.say("\(verdict.complaints.count) differences may be this host's own: a second reboot tells")
        try await subject.reboot()
        let event = "a second reboot"
        let later = try await subject.look("after a second reboot", since: seen.after)
        let second = Comparison(seen.after, later, event: event)
        if case .couldNotTell = second.verdict { return verdict }
        let (complaints, noise) = ControlReboot.judge(verdict.complaints, second.verdict.complaints)
        record.add(
            findings: noise.map {
                Complaint(
                    $0.kind, $0.subject, event: Self.event, text: "differs at every boot of this host: \($0.text)",
                    before: $0.before, after: $0.after)
            })
        return seen.verdict(counting: complaints)
    }

    /// What is no verdict, whenever it comes.
    private static func passOn(_ error: any Error) throws {
        if error is EmulatorFault || error is CancellationError { throw error }
    }

    /// The host as its playbook leaves it, healthy; and what a second run does before any reboot, where that decides what one
    /// after the reboot means.
    private func settleBefore(
        _ subject: Subject, _ convergence: Convergence, failedBefore: Set<String>
    ) async throws -> (Look, SecondRun?) {
        let first = try await subject.look("before the reboot").tolerating(failedBefore)
        try first.requireHealthy(after: "its playbook")
        guard subject.profile.idempotence == nil else { return (first, nil) }
        let control = try await subject.timed(.other, "converge again, before the reboot") {
            try await SecondRun.of(convergence, "converge-before-reboot")
        }
        record.add(findings: control.findings)
        guard !control.isQuiet else { return (first, control) }
        // The second run may have changed the host.
        let second = try await subject.look("before the reboot, again").tolerating(failedBefore)
        try second.requireHealthy(after: Verdict.everyRun)
        return (second, control)
    }

    private func convergeAgain(
        _ subject: Subject, _ convergence: Convergence, _ control: SecondRun?
    ) async throws -> Verdict {
        let recap = try await subject.timed(.other, "converge again") { try await convergence.run("converge-again") }
        let (complaints, findings) = SecondRun.judge(
            recap.changedTasks, control: control, rule: subject.profile.idempotence, event: Self.event)
        record.add(findings: findings)
        try await subject.machine.verifyNoUnaskedReboot(when: "at the end")
        try await subject.finishIsolationProof()
        return complaints.isEmpty ? .survives : .doesNotSurvive(complaints)
    }

    // MARK: - A reboot

    /// Reboots a machine with proof, looks at it, and compares.
    ///
    /// - Parameter isPowerCut: whether the power is taken away instead of ordering a reboot.
    /// - Throws: ``DidNotSurvive`` and other errors of a reboot that does not end well; see ``Verdict``.
    public static func reboot(
        _ subject: Subject, since before: Look, isPowerCut: Bool = false
    ) async throws -> Comparison {
        try await subject.reboot(isPowerCut: isPowerCut)
        let after = try await subject.look("after the reboot", since: before)
        let seen = Comparison(before, after, event: event)
        subject.tell(seen.difference)
        return seen
    }

    /// Asks whether a machine survives a reboot as it is now, by the same rules as ``ask(_:_:)``.
    ///
    /// - Parameters:
    ///   - before: the look that the host is compared with; one is taken when `nil`.
    ///   - isPowerCut: whether the power is taken away instead of ordering a reboot.
    /// - Throws: ``EmulatorFault`` and `CancellationError`; everything else is a verdict.
    public static func askReboot(
        _ subject: Subject, since before: Look? = nil, isPowerCut: Bool = false
    ) async throws -> Verdict {
        let earlier: Look
        do {
            if let before { earlier = before } else { earlier = try await subject.look("before the reboot", .none) }
        } catch {
            try passOn(error)
            return Verdict(beforeReboot: error)
        }
        do {
            return try await reboot(subject, since: earlier, isPowerCut: isPowerCut).verdict
        } catch {
            try passOn(error)
            return Verdict(afterReboot: error, event: event)
        }
    }
}

extension Subject {
    /// Units that have failed as of now.
    func failedUnits() async throws -> Set<String> {
        let answer = try await machine.ssh.runAsRoot(
            "systemctl list-units --state=failed --plain --no-legend --no-pager", limit: machine.limit(.command)
        ).requireSuccess("asking which units have failed")
        return Set(answer.output.lines.compactMap { $0.split(separator: " ").first.map(String.init) })
    }
}
