import Foundation

/// A host at one moment: what answers, what it sees of itself, and its state.
public struct Look: Codable, Sendable {
    /// When it was taken.
    public let taken: Date
    /// What the profile declares, and what the host says of itself.
    public let seen: Observation
    /// The state.
    let state: StateSnapshot
    /// Ports that something listens on, asked from outside.
    public let open: [Int: Answer]
    /// The profile's own checks; `nil` in a look that an older version took.
    public var checks: [CheckAnswer]?

    /// What the next boot will take away, as far as files tell.
    public var foresight: Foresight { Foresight(state) }

    /// What answered, declared or not.
    var reachability: Reachability {
        let closed = seen.profile.closed ?? []
        var all = seen.reachability
        all.outside = open.filter { !closed.contains($0.key) }.merging(all.outside) { $1 }
        return all
    }

    /// The same, with units that had failed before the play and are nobody's fault.
    func tolerating(_ failedBefore: Set<String>) -> Look {
        var seen = seen
        seen.failedBefore = failedBefore
        return Look(taken: taken, seen: seen, state: state, open: open, checks: checks)
    }

    /// - Throws: ``DidNotSurvive`` naming all that is not as the profile wants it.
    ///
    /// - Parameter event: what it has to have survived.
    func requireHealthy(after event: String) throws {
        let broken = seen.complaints(after: event) + (checks ?? []).compactMap { $0.complaint(after: event) }
        if !broken.isEmpty { throw DidNotSurvive(broken) }
    }
}

extension Subject {
    /// Looks at the subject from outside and inside, and reads its state.
    ///
    /// - Parameters:
    ///   - moment: when, such as "before the reboot".
    ///   - wait: what is waited for.
    ///   - before: an earlier look; what answered then is asked again, whether something listens there or not, and gets the
    ///     time to come up again unless nothing is waited for.
    public func look(
        _ moment: String, _ wait: Observer.Waiting = .settling, since before: Look? = nil
    ) async throws -> Look {
        let seen = try await observe(moment, wait, like: before?.seen)
        let isWaiting = if case .none = wait { false } else { true }
        let checks = try await OwnChecks(profile, on: machine, runner: runner).ask(waits: isWaiting)
        record?.add(
            checks.map {
                CheckReport(
                    $0.label, moment: moment, expected: $0.expected, observed: $0.answer.detail, ok: $0.answer.ok)
            })
        let questions = PortQuestions(machine, runner: runner)
        // A login has just been made, over a connection of its own; sshd is not knocked at once more.
        var logins: [Int: Answer] = [:]
        switch wait {
        case .none: break
        case .required, .settling: logins[Int(await machine.sshPort)] = Answer(ok: true, detail: "a login works")
        }
        guard let before else {
            let state = try await steadySnapshot(moment, wait)
            return Look(
                taken: Date(), seen: seen, state: state,
                open: try await questions.ask(Array(state.listeningPorts.keys).filter { logins[$0] == nil })
                    .merging(logins) { $1 }, checks: checks)
        }
        let closed = profile.closed ?? []
        let ports = before.open.filter(\.value.ok).map(\.key).filter { !closed.contains($0) && logins[$0] == nil }
        let shut = before.open.filter { !$0.value.ok }.map(\.key).filter { !closed.contains($0) }
        var open =
            switch wait {
            case .none:
                Dictionary(
                    uniqueKeysWithValues: try await questions.ask(ports).map {
                        ($0, $1.compared(with: before.open[$0]))
                    })
            case .required, .settling:
                try await questions.askUntilAllAnswer(
                    ports, picked: Set(ports.filter(ServiceChanges.givenPorts(before.state, before.state).contains)),
                    like: before.open, say: session.log.say)
            }
        open.merge(try await questions.ask(closed + shut)) { $1 }
        open.merge(logins.filter { before.open[$0.key] != nil }) { $1 }
        // Taken after the wait, so that it holds what came up meanwhile.
        let state = try await steadySnapshot(moment, wait)
        let names = before.state.listeningPorts
        record?.add(
            ports.sorted().map { port in
                CheckReport(
                    "port \(port) (\(names[port] ?? "?")), from outside", moment: moment,
                    expected: "answers as before", observed: open[port]?.detail ?? "not asked",
                    ok: open[port]?.ok == true)
            })
        return Look(taken: Date(), seen: seen, state: state, open: open, checks: checks).tolerating(
            before.seen.failedBefore)
    }
}

extension Subject {
    /// A snapshot; where something restarts or is still starting, a second one a while later, which says whether that goes on.
    private func steadySnapshot(_ moment: String, _ wait: Observer.Waiting) async throws -> StateSnapshot {
        let first = try await snapshot(moment)
        let earlier = Steadiness(first)
        let none = first.with(.restarts, [:])
        guard earlier.isDoubtful else { return none }
        if case .none = wait { return none }
        let pauseTime = machine.limit(.steady)
        log.say("\(moment): something restarts or is starting; a second look follows in \(pauseTime.forPeople)")
        try await pause(for: pauseTime)
        var last = try await snapshot("\(moment), once more")
        let end = Deadline(after: machine.limit(.services))
        while Steadiness(last).isStarting, !end.hasPassed {
            try await pause(for: .seconds(10))
            last = try await snapshot("\(moment), once more")
        }
        return last.with(.restarts, Steadiness(last).restarted(since: earlier, within: pauseTime))
    }
}

/// The look that `boma-it snapshot` takes: lies in the machine's folder and goes with it.
extension Look {
    private static func file(in folder: MachineFolder) -> URL { folder.url.appending(path: "snapshot.json") }

    /// Reads the last one of a machine.
    ///
    /// - Throws: ``HarnessTrouble`` when there is none.
    public static func read(of machine: Machine) async throws -> Look {
        let name = await machine.record.name
        guard let data = try? Data(contentsOf: file(in: machine.folder)),
            let saved = try? JSONDecoder().decode(Self.self, from: data)
        else {
            throw HarnessTrouble(
                "snapshot of \(name)", why: "there is none to compare with", fix: "boma-it snapshot \(name)")
        }
        return saved
    }

    /// Writes it into the machine's folder, over the last one.
    public func write(for machine: Machine) throws {
        try PrivateFile.writeRedacted(JSONEncoder().encode(self), to: Self.file(in: machine.folder))
    }
}
