import Foundation

/// A machine of a run with everything that is done to it: plays, looks, and an end with evidence.
public struct Subject: Sendable {
    /// The run it belongs to.
    public let run: Run
    /// The machine.
    public let machine: Machine
    let runner: any CommandRunner
    /// Folder of the test.
    public let folder: URL
    /// What its test will report; `nil` for a machine that is only made for a layer.
    public var record: TestRecorder?

    /// Looks at the subject from outside and inside, and writes down what was seen.
    ///
    /// - Parameters:
    ///   - moment: when, such as "before the reboot".
    ///   - isSettling: whether what does not come up in time is part of what is seen, instead of an error.
    public func observe(_ moment: String, isSettling: Bool = false) async throws -> Observation {
        let seen = try await timed(.check, moment) {
            let observer = Observer(run.profile, on: machine, runner: runner)
            return try await isSettling ? observer.observeSettled(say: run.log.say) : observer.observe()
        }
        await machine.beginOwedIsolationProof()
        record?.add(seen.checks(moment))
        run.log.say("\(moment): \(seen.summary)")
        return seen
    }

    /// Reboots the machine with proof; see ``Machine/reboot(order:downLimit:)``.
    @discardableResult
    public func reboot() async throws -> RebootProof {
        try await timed(.reboot, "reboot") { try await machine.reboot() }
    }

    /// Runs `body` while the subject can't reach the internet; see ``Machine/withoutEgress(_:)``.
    public func withoutEgress<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await machine.withoutEgress(body)
    }

    /// Does work that the report's timeline shows, where there is one.
    func timed<Value>(
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
        run.log.say("difference:\n\(difference.summary(limit: 10))")
    }

    /// Prepares plays against the machine; its isolation is proven and its scope checked here.
    public func play() async throws -> Play {
        let play = try await Play(
            run.sources, on: machine, runner: runner,
            folder: try run.directory.folder(for: folder.lastPathComponent + "/ansible"))
        await noteIsolation()
        return play
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
        run.report.describe { $0.note(safety: "Proven from inside the guest: \(words).") }
    }

    /// Runs a shell command in the guest as root and requires its success.
    public func shell(_ command: String) async throws {
        try await finishIsolationProof()
        run.log.say("in the guest: \(command)")
        try await machine.ssh.runAsRoot(command, limit: machine.limit(seconds: 30)).requireSuccess(
            "running '\(command)'")
    }

    /// Ends the machine: destroyed after success; after a failure evidence is collected, the machine kept, and the
    /// commands for going on are printed. `BOMA_IT_KEEP` and `boma-it keep` may say otherwise.
    public func end(failure: String?) async {
        // Something may have been written before it was known to be a secret.
        defer { Redactor.shared.redact(folder: run.directory.url) }
        // What failed then failed because the machine was being taken away: there is nothing to keep, or to tell.
        guard !Interruption.shared.isEnding else { return await machine.destroy() }
        let keeps = run.configuration.keepPolicy.keeps(afterFailure: failure != nil)
        let asked = MachineRecord.read(in: machine.folder.url)?.keptBecause
        guard let failure else {
            guard keeps || asked != nil else { return await machine.destroy() }
            await hold(because: asked ?? "BOMA_IT_KEEP=\(run.configuration.keepPolicy.rawValue)")
            return run.log.say("the machine is kept: boma-it ssh \(await machine.record.name)")
        }
        let gaps = await collectEvidence()
        let isKept = keeps || asked != nil
        if isKept { await hold(because: failure) } else { await machine.destroy() }
        run.log.show(
            NextSteps(
                failure: failure, evidence: folder, gaps: gaps, subject: run.profile.subject,
                sshConfig: isKept ? machine.folder.sshConfig : nil
            ).text)
    }

    /// Collects evidence into the test's folder, within `BOMA_IT_EVIDENCE_SECONDS`.
    ///
    /// - Returns: what could not be collected, and how the rest was; empty when all came over SSH.
    public func collectEvidence() async -> [String] {
        run.log.say("collecting evidence")
        let token = record?.timeline.begin(.evidence, "evidence")
        let started = Deadline(after: .zero)
        let gaps = await EvidenceCollector(
            machine, folder: folder.appending(path: "evidence"), runner: runner, golden: run.image.file,
            budget: run.configuration.evidenceBudget
        ).collect()
        run.log.say("evidence: collected in \(([started.elapsed.forPeople] + gaps).joined(separator: "; "))")
        if let token { record?.timeline.end(token, detail: gaps.first) }
        return gaps
    }

    /// Lets the machine live on after this process.
    public func hold(because reason: String) async {
        // Else the client of the shared connection would outlive this process by minutes.
        _ = try? await machine.ssh.dropSharedConnection()
        do {
            try await machine.keep(because: reason)
        } catch {
            run.log.say("could not note that the machine is kept: \(error)")
        }
    }

    /// Checks that the golden image is what it was: content, owner and mode.
    ///
    /// - Throws: ``ImageError`` when it isn't.
    public func verifyImageUntouched() async throws {
        let file = run.image.file
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        let digest = try await FileTools(runner: runner).sha256(of: file)
        guard mode == 0o444, attributes[.ownerAccountName] as? String == NSUserName(),
            digest == run.image.provenance.sha256
        else {
            throw ImageError(
                file: file,
                problem: "was changed by a machine (mode \(String(mode, radix: 8)), digest \(digest.prefix(12))…)",
                fix: "remove it; this is a bug of boma-it")
        }
    }
}
