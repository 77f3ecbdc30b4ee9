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
                why: "after it these could not be read: \(unclear.joined(separator: ", "))",
                fix: "see state-*.json in the run directory")
        }
    }

    /// Looks at the subject; after the reboot, what answered before gets the time to come up again.
    ///
    /// - Parameter before: the look before the reboot; `nil` for that one itself.
    public func look(_ moment: String, asking before: Look? = nil) async throws -> Look {
        let seen = try await subject.observe(moment, isSettling: true)
        let state = try await subject.snapshot(moment)
        let questions = PortQuestions(subject.machine, runner: subject.runner)
        guard let before else {
            return Look(seen: seen, state: state, open: try await questions.ask(Array(state.listeningPorts.keys)))
        }
        let closed = subject.run.profile.closed ?? []
        let ports = before.open.filter(\.value.ok).map(\.key).filter { !closed.contains($0) }
        var open: [Int: Answer] = [:]
        let wait = Wait(
            for: "the ports that answered before the reboot", limit: subject.machine.limit(seconds: 6),
            hint: "they are compared as they are then")
        do {
            try await wait.until {
                open = try await questions.ask(ports)
                let silent = open.filter { !$0.value.ok }.keys.sorted()
                return silent.isEmpty ? .done(()) : .notYet("silent: \(silent)")
            }
        } catch let late as WaitError {
            subject.run.log.say("\(late.requirement): \(late.lastSeen)")
        }
        open.merge(try await questions.ask(closed)) { $1 }
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
        all += closed.filter { after.open[$0]?.ok == true }.map {
            "port \($0) answers from outside, but has to be closed"
        }
        for (port, answer) in before.open.sorted(by: { $0.key < $1.key }) where answer.ok && !declared.contains(port) {
            guard after.open[port]?.ok != true, !closed.contains(port) else { continue }
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

    /// Parts that were known before and are not any more. What could never be read, such as a firewall that is not
    /// installed, says nothing.
    static func unclear(_ before: StateSnapshot, _ after: StateSnapshot) -> [String] {
        StateSnapshot.Part.allCases.filter { part in
            guard case .facts = before[part], case .unavailable = after[part] else { return false }
            return true
        }.map(\.rawValue)
    }
}
