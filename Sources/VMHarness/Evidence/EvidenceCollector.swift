import Foundation

/// Collects everything a reader will want to know, before anything is cleaned up, and never for longer than its budget.
///
/// In layers, each of which needs less of the guest than the one before: SSH, the guest agent, the disk. What the host
/// knows by itself (definition, console, picture of a display) is collected in any case.
public struct EvidenceCollector: Sendable {
    private let machine: Machine
    private let folder: URL
    private let runner: any CommandRunner
    private let budget: Duration
    private let golden: URL?

    /// Collects into `folder`.
    ///
    /// - Parameters:
    ///   - golden: image that the guest's `/etc` is compared with; not compared when `nil`.
    ///   - budget: how long in all.
    public init(
        _ machine: Machine, folder: URL, runner: any CommandRunner, golden: URL? = nil,
        budget: Duration = .seconds(60)
    ) {
        self.machine = machine
        self.folder = folder
        self.runner = runner
        self.golden = golden
        self.budget = budget
    }

    /// Shares of the budget. What a layer leaves is the next one's.
    private enum Share {
        static let agent = 0.15
        static let disk = 0.25
    }

    /// Collects; never throws, because evidence must not hide the failure that it is about.
    ///
    /// - Returns: what could not be collected, and how the rest was; empty when all came over SSH.
    public func collect() async -> [String] {
        let work = Task { await collectAll() }
        // The shares below sum up to less; this limit is for tools that do not end in time.
        let guardian = Task {
            try await pause(for: budget)
            work.cancel()
        }
        defer { guardian.cancel() }
        return await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
    }

    private func collectAll() async -> [String] {
        let deadline = Deadline(after: budget)
        // In the machine's folder: it has room for a copy of the disk, and goes with the machine.
        let scratch = machine.folder.url.appending(path: "evidence-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        do {
            for new in [folder, scratch] {
                try FileManager.default.createDirectory(
                    at: new, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            return ["no evidence: \(error.localizedDescription)"]
        }
        async let fromHost = host(limit: budget * Share.disk)
        async let etc = goldenListing(scratch: scratch, limit: budget * Share.disk)
        var gaps = await fromGuest(deadline, scratch: scratch)
        gaps += [await fromHost, compareEtc(await etc)].compactMap { $0 }
        return gaps
    }

    private func fromGuest(_ deadline: Deadline, scratch: URL) async -> [String] {
        var gaps: [String] = []
        do {
            let missing = try await overSSH(limit: budget * (1 - Share.agent - Share.disk))
            return missing.map { "no answer for \($0)" }
        } catch {
            gaps.append("not over SSH: \(Self.line(error))")
        }
        do {
            let missing = try await overAgent(limit: deadline.remaining - budget * Share.disk)
            return gaps + ["collected through the guest agent"] + missing.map { "no answer for \($0)" }
        } catch {
            gaps.append("not through the guest agent: \(Self.line(error))")
        }
        do {
            try await OfflineEvidence(machine: machine, runner: runner, folder: folder)
                .collect(scratch: scratch, limit: deadline.remaining)
            return gaps + ["read from its disk"]
        } catch {
            return gaps + ["not from its disk: \(Self.line(error))"]
        }
    }

    private static func line(_ error: any Error) -> String {
        if error is CancellationError { return "the time for evidence was over" }
        let lines = "\(error)".split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        // If a tool failed: its last lines.
        guard let words = lines.firstIndex(of: "last lines:"), words + 1 < lines.count else {
            return lineForPeople(lines.first ?? "", limit: 200)
        }
        return lineForPeople(lines[words + 1], limit: 200)
    }

    // MARK: - Layers

    private func overSSH(limit: Duration) async throws -> [String] {
        // Leave time for the connection.
        let script = EvidenceScript(probes: EvidenceProbe.standard, seconds: Int(limit.inSeconds) - 5)
        // Open a new connection: the shared one may hang.
        let result = try await machine.ssh.runAsRoot(script.text, limit: limit, isFresh: true)
        // The answers are longer than what a result keeps, so they are read from its log.
        let text = result.log.flatMap { try? Data(contentsOf: $0) } ?? Data(result.output.utf8)
        let missing = try script.write(String(decoding: text, as: UTF8.self), to: folder)
        if missing.count == script.probes.count { try result.requireSuccess("asking over SSH") }
        return missing
    }

    private func overAgent(limit: Duration) async throws -> [String] {
        let script = EvidenceScript(probes: EvidenceProbe.standard, seconds: Int(limit.inSeconds) - 4)
        let packed = folder.appending(path: "agent.gz")
        defer { try? FileManager.default.removeItem(at: packed) }
        let answer = try await GuestAgent(virsh: machine.virsh, domain: await machine.record.name)
            .runCompressed(script.text, limit: limit)
        try PrivateFile.write(answer, to: packed)
        // Ignore the status: an answer that was cut off is better than none.
        let text = try await runner.run(Command("gzip", ["-dc", packed.path], limit: .seconds(10)))
        let all = text.log.flatMap { try? Data(contentsOf: $0) } ?? Data(text.output.utf8)
        let missing = try script.write(String(decoding: all, as: UTF8.self), to: folder)
        guard missing.count < script.probes.count else {
            throw HarnessTrouble("the guest agent", why: "gave an empty answer", fix: "nothing to do")
        }
        return missing
    }

    // MARK: - What needs no guest

    /// - Returns: what could not be collected.
    private func host(limit: Duration) async -> String? {
        let name = await machine.record.name
        guard let xml = try? await machine.virsh.run(["dumpxml", name], limit: limit), xml.succeeded else { return nil }
        do {
            try PrivateFile.write(Data(xml.output.utf8), to: folder.appending(path: "domain.xml"))
        } catch {
            return "no domain.xml: \(Self.line(error))"
        }
        // Our own machines have no display: everything that one would show is on the serial console.
        guard xml.output.contains("<graphics") else { return nil }
        let picture = folder.appending(path: "screen.ppm").path
        _ = try? await machine.virsh.run(["screenshot", name, picture], limit: limit)
        return nil
    }

    private func goldenListing(scratch: URL, limit: Duration) async -> String? {
        guard let golden else { return nil }
        return try? await EtcChanges.golden(golden, scratch: scratch, runner: runner, limit: limit)
    }

    private func compareEtc(_ listing: String?) -> String? {
        let file = folder.appending(path: EtcChanges.listing)
        guard golden != nil, let guest = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        guard let listing else { return "/etc was not compared: the golden image could not be read" }
        let lines = EtcChanges.lines(golden: EtcChanges.parse(listing), guest: EtcChanges.parse(guest))
        do {
            try PrivateFile.write(
                Data((lines.joined(separator: "\n") + "\n").utf8), to: folder.appending(path: EtcChanges.result))
        } catch {
            return "no \(EtcChanges.result): \(Self.line(error))"
        }
        try? FileManager.default.removeItem(at: file)
        return nil
    }
}
