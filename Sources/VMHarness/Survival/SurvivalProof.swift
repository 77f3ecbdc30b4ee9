import Foundation

/// What people ask before a deploy: does this host survive its playbook and the next reboot?
///
/// Converges, looks, reboots with proof, looks again, compares, and converges once more. Works for any profile.
public struct SurvivalProof: Sendable {
    private let subject: Subject

    /// Asks about a subject that no play has run on yet.
    public init(_ subject: Subject) {
        self.subject = subject
    }

    /// The subject at one moment.
    public struct Look: Sendable {
        let seen: Observation
        let state: StateSnapshot
        /// Ports that something listens on, asked from outside.
        let open: [Int: Answer]

        /// What answered, declared or not.
        var reachability: Reachability {
            let closed = seen.profile.closed ?? []
            var all = seen.reachability
            all.outside = open.filter { !closed.contains($0.key) }.merging(all.outside) { $1 }
            return all
        }
    }

    /// Returns when the subject survives.
    ///
    /// - Throws: ``DidNotSurvive`` when it does not; everything else means that it could not be told, but for
    ///   ``PlayFailed``, which is the playbook's.
    public func run() async throws {
        _ = try await subject.timed(.other, "converge") { try await subject.play().run("converge") }
        let before = try await look("before the reboot")
        try before.seen.requireHealthy(after: "the converge")

        try await surviveReboot(since: before)

        let recap = try await subject.timed(.other, "converge again") {
            try await subject.play().run("converge-again")
        }
        guard recap.changedTasks.isEmpty else {
            throw DidNotSurvive(
                what: "a second run of its playbook unchanged",
                complaints: recap.changedTasks.map { "changed once more: \(printable($0))" })
        }
        try await subject.machine.verifyNoUnaskedReboot(when: "at the end")
    }

    /// Reboots and compares: the part of ``run()`` between the two converges.
    ///
    /// - Throws: as ``run()``.
    public func surviveReboot(since before: Look) async throws {
        do {
            try await subject.reboot()
        } catch {
            throw RebootEnding.verdict(error)
        }
        let after = try await look("after the reboot", asking: before)
        // Told before the verdict, which ends the test: it is what a reader wants to know then.
        let difference = StateDifference(
            from: before.state, to: after.state, answers: (before.reachability, after.reachability))
        subject.tell(difference)
        let complaints = Self.complaints(before, after, difference)
        guard complaints.isEmpty else { throw DidNotSurvive(what: "the reboot", complaints: complaints) }
        let unclear = Self.unclear(before.state, after.state)
        guard unclear.isEmpty else {
            throw HarnessTrouble(
                "comparing the host with itself before the reboot",
                why: "these could not be read before or after it: \(unclear.joined(separator: ", "))",
                fix: "see state-*.json in the run directory")
        }
    }

    /// Looks at the subject; after the reboot, what answered before gets the time to come up again.
    ///
    /// - Parameter before: the look before the reboot; `nil` for that one itself.
    public func look(_ moment: String, asking before: Look? = nil) async throws -> Look {
        let seen = try await subject.observe(moment, isSettling: true)
        let questions = PortQuestions(subject.machine, runner: subject.runner)
        guard let before else {
            let state = try await subject.snapshot(moment)
            return Look(seen: seen, state: state, open: try await questions.ask(Array(state.listeningPorts.keys)))
        }
        let closed = subject.run.profile.closed ?? []
        let ports = before.open.filter(\.value.ok).map(\.key).filter { !closed.contains($0) }
        var open = try await questions.askUntilAllAnswer(ports, say: subject.run.log.say)
        open.merge(try await questions.ask(closed)) { $1 }
        // Behind the waiting, so that what came up during it is in it.
        let state = try await subject.snapshot(moment)
        let names = before.state.listeningPorts
        subject.record?.add(
            ports.sorted().map { port in
                CheckReport(
                    "port \(port) (\(names[port] ?? "?")), from outside", moment: moment,
                    expected: "answers as before", observed: open[port]?.detail ?? "not asked",
                    ok: open[port]?.ok == true)
            })
        return Look(seen: seen, state: state, open: open)
    }

    /// All that speaks against the subject, what users notice first.
    static func complaints(_ before: Look, _ after: Look, _ difference: StateDifference) -> [String] {
        var all = after.seen.complaints
        let declared = Set(before.seen.outside.keys)
        let names = before.state.listeningPorts
        let closed = before.seen.profile.closed ?? []
        let moved = ServiceChanges.moved(from: before.state, to: after.state)
        all += closed.filter { after.open[$0]?.ok == true }.map {
            "port \($0) answers from outside, but has to be closed"
        }
        for (port, answer) in before.open.sorted(by: { $0.key < $1.key }) where answer.ok && !declared.contains(port) {
            guard after.open[port]?.ok != true, !closed.contains(port), !moved.contains(port) else { continue }
            all.append(
                "dead from outside: port \(port) (\(printable(names[port] ?? "?"))), which nobody declared: "
                    + "\(after.open[port]?.detail ?? "not asked") (if it has to be so, name it in the profile's closed)"
            )
        }
        // Answers have been told above. A new kernel, package or file is no loss: reboots are for that.
        var untold = difference.changes.filter { ![.answer, .kernel, .package, .file].contains($0.rank) }
        // A reader of one line has to know why.
        if !all.isEmpty, let cause = untold.firstIndex(where: { $0.rank == .cause }) {
            all[0] += "; probably because: \(untold.remove(at: cause).text)"
        }
        return all + untold.map(\.text)
    }

    /// Parts that were known before and are not any more, and those whose loss would count and that could not be read
    /// before: nothing is known of what they had. A firewall that is not installed has nothing.
    static func unclear(_ before: StateSnapshot, _ after: StateSnapshot) -> [String] {
        let counted: Set<StateSnapshot.Part> = [
            .units, .enablement, .listeners, .containers, .firewall, .routes, .addresses, .mounts,
        ]
        return StateSnapshot.Part.allCases.filter { part in
            switch (before[part], after[part]) {
            case (.facts, .unavailable): true
            case (.unavailable(let why), _): counted.contains(part) && !isAbsence(why)
            default: false
            }
        }.map(\.rawValue)
    }

    /// Whether a part could not be read because there is no such thing on this host (`snapshot.py`).
    private static func isAbsence(_ why: String) -> Bool {
        why.hasSuffix(" is not installed") || why == "dockerd is not running"
    }
}
