import Foundation

/// A machine of a run with everything that is done to it: plays, looks, and an end with evidence.
public struct Subject: Sendable {
    /// The session it belongs to.
    public let session: Session
    /// The machine.
    public let machine: Machine
    let runner: any CommandRunner
    /// Folder of the test.
    public let folder: URL
    /// What its test will report; `nil` for a machine that is only made for a layer.
    public var record: TestRecorder?

    /// What it takes to be it.
    public var profile: Profile { session.profile }
    /// Who is told what is going on.
    var log: EventLog { session.log }

    /// Looks at the subject from outside and inside, and writes down what was seen.
    ///
    /// - Parameters:
    ///   - moment: when, such as "before the reboot".
    ///   - wait: what is waited for.
    ///   - earlier: what it was like; an answer with a status of another class does not count then.
    public func observe(
        _ moment: String, _ wait: Observer.Waiting = .required, like earlier: Observation? = nil
    ) async throws -> Observation {
        let seen = try await timed(.check, moment) {
            try await Observer(profile, on: machine, runner: runner).observe(wait, like: earlier, say: log.say)
        }
        await machine.beginOwedIsolationProof()
        record?.add(seen.checks(moment))
        log.say("\(moment): \(seen.summary)")
        return seen
    }

    /// Reboots the machine with proof; see ``Machine/reboot(order:within:)``.
    ///
    /// - Parameter isPowerCut: whether the power is taken away instead of ordering a reboot.
    @discardableResult
    public func reboot(isPowerCut: Bool = false) async throws -> RebootProof {
        try await timed(.reboot, isPowerCut ? "power cut" : "reboot") {
            try await isPowerCut ? machine.cutPower() : machine.reboot()
        }
    }

    /// Runs `body` while the subject can't reach the internet; see ``Machine/withoutEgress(_:)``.
    public func withoutEgress<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await machine.withoutEgress(body)
    }

    /// Does work that the report's timeline shows, where there is one.
    func timed<Value: Sendable>(
        _ kind: TimelineSpan.Kind, _ name: String, _ work: () async throws -> Value
    ) async throws -> Value {
        guard let record else { return try await work() }
        return try await record.timeline.measure(kind, name, work)
    }

    /// The subject's state, for a comparison with another moment; also written into the test's folder.
    ///
    /// - Parameter moment: when, such as "before the reboot".
    public func snapshot(_ moment: String) async throws -> StateSnapshot {
        let snapshot = try await StateSnapshotter(machine).take()
        try PrivateFile.write(
            JSONCoding.line(snapshot),
            to: folder.appending(path: "state-\(moment.replacingOccurrences(of: " ", with: "-")).json"))
        return snapshot
    }

    /// Says what a difference amounts to, ten lines at most.
    public func tell(_ difference: StateDifference) {
        record?.add(differences: difference.summary(limit: 10).split(whereSeparator: \.isNewline).map(String.init))
        log.say("difference:\n\(difference.summary(limit: 10))")
    }

    /// Prepares plays against the machine; its isolation is proven and its scope checked here.
    public func play() async throws -> Play {
        let play = try await Play(
            try await session.sources(), on: machine, runner: runner,
            folder: try session.directory.folder(for: folder.lastPathComponent + "/ansible"))
        await noteIsolation()
        return play
    }

    /// Runs the profile's playbooks that only ask.
    ///
    /// - Parameters:
    ///   - moment: when, such as "before the reboot".
    ///   - variables: those of the scenario.
    /// - Throws: ``PlayFailed`` when one of them fails; ``HarnessTrouble`` when one changes something.
    func verify(_ moment: String, variables: [String: JSONValue]) async throws {
        for playbook in profile.verify ?? [] {
            let recap = try await timed(.other, "\(playbook), \(moment)") {
                try await Play(
                    try await session.sources(of: playbook), on: machine, runner: runner,
                    folder: try session.directory.folder(for: folder.lastPathComponent + "/ansible")
                ).run("\(playbook) \(moment)".replacing(/[^A-Za-z0-9.]+/, with: "-"), variables: variables)
            }
            guard recap.changedTasks.isEmpty else {
                throw HarnessTrouble(
                    "playbook \(playbook)",
                    why:
                        "is there to verify, and changed something: \(recap.changedTasks.prefix(3).joined(separator: ", "))",
                    fix: "let its tasks only ask, with changed_when: false", blame: .playbook, runbook: .playFails)
            }
        }
        if let files = profile.verify, !files.isEmpty { log.say("\(moment): \(files.joined(separator: ", ")): ok") }
    }

    /// Waits for the proof of the isolation that a restored machine owes.
    ///
    /// - Throws: ``HarnessTrouble`` when the guest can reach what it must not, or when that can't be found out.
    public func finishIsolationProof() async throws {
        try await machine.finishIsolationProof()
        await noteIsolation()
    }

    /// Lets the report say what has been proven.
    func noteIsolation() async {
        guard let words = await machine.isolationWords else { return }
        session.report.describe { $0.note(safety: "Proven from inside the machine: \(words).") }
    }

    /// Lets the report say how boma-it got in, and what it had to do for that.
    private func noteWayIn() async {
        session.report.describe { [profile] in $0.note(standIn: WayIn.description(user: profile.size.user)) }
        record?.add(
            findings: await machine.remarks.map {
                Complaint(.login, "the way in", event: "its playbook", text: $0)
            })
    }

    /// Runs a shell command in the guest as root and requires its success.
    public func shell(_ command: String) async throws {
        try await finishIsolationProof()
        log.say("in the machine: \(command)")
        try await machine.ssh.runAsRoot(command, limit: machine.limit(.look)).requireSuccess(
            "running '\(command)'")
    }

    /// Ends the machine: destroyed after success; else evidence is collected, the machine kept, and the commands for going on
    /// are printed. `BOMA_IT_KEEP` and `boma-it keep` may say otherwise.
    ///
    /// - Returns: the commands for going on; none after success, and when the process is ending.
    @discardableResult
    public func end(_ verdict: Verdict) async -> [String] {
        // A secret may have been written before it was known as one.
        defer { Redactor.shared.redact(folder: session.directory.url) }
        // While a run is being ended, everything fails: keep nothing and report nothing.
        guard !Interruption.shared.isEnding, verdict.trouble?.kind != .interrupted else {
            await machine.destroy()
            return []
        }
        await noteWayIn()
        let policy = session.configuration.retention.policy
        let keeps = policy.keeps(afterFailure: verdict.word != .survives)
        let asked = MachineRecord.read(in: machine.folder.url)?.keptBecause
        guard verdict.word != .survives else {
            if keeps || asked != nil {
                await hold(because: asked ?? "BOMA_IT_KEEP=\(policy.rawValue)")
                log.say("the machine is kept: boma-it ssh \(await machine.record.name)")
            } else {
                await machine.destroy()
            }
            return []
        }
        let gaps = await collectEvidence()
        let isKept = keeps || asked != nil
        let next = NextSteps(
            verdict, subject: profile.subject, machine: await machine.record.name, evidence: folder, gaps: gaps,
            sshConfig: isKept ? machine.folder.sshConfig : nil)
        if isKept { await hold(because: next.sentence) } else { await machine.destroy() }
        log.show(next.text)
        return next.commands
    }

    /// Collects evidence into the test's folder, within `BOMA_IT_EVIDENCE_SECONDS`.
    ///
    /// - Returns: what could not be collected, and how the rest was; empty when all came over SSH.
    public func collectEvidence() async -> [String] {
        log.say("collecting evidence")
        let token = record?.timeline.begin(.evidence, "evidence")
        let started = Deadline(after: .zero)
        let gaps = await EvidenceCollector(
            machine, folder: folder.appending(path: "evidence"), runner: runner,
            golden: QcowHeader.root(of: machine.folder.overlay), budget: session.configuration.retention.evidenceBudget
        ).collect()
        log.say("evidence: collected in \(([started.elapsed.forPeople] + gaps).joined(separator: "; "))")
        if let token { record?.timeline.end(token, detail: gaps.first) }
        return gaps
    }

    /// Lets the machine live on after this process.
    public func hold(because reason: String) async {
        // Otherwise ssh's master process would outlive this process by minutes.
        _ = try? await machine.ssh.dropSharedConnection()
        do {
            try await machine.keep(because: reason)
        } catch {
            log.say("can't note that the machine is kept: \(error)")
        }
    }
}
