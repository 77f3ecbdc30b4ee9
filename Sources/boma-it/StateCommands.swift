import VMHarness

/// Commands that look at the state of a kept machine.
extension MachineCommands {
    func snapshot(_ invocation: Invocation) async throws -> ExitStatus {
        let subject = try await take(invocation.arguments.first)
        let snapshot = try await Workbench.interruptibly { try await subject.snapshot() }
        try snapshot.write(for: subject.machine)
        if invocation.has("json") {
            try terminal.answer(json: snapshot)
        } else {
            let open = snapshot.outside.filter(\.value.ok).keys.sorted().map(String.init)
            try terminal.answer("snapshot taken; from outside these ports answer: \(open.joined(separator: ", "))")
        }
        subject.log.say("done: snapshot taken")
        return .done
    }

    func diff(_ invocation: Invocation) async throws -> ExitStatus {
        let subject = try await take(invocation.arguments.first)
        let earlier = try await SavedSnapshot.read(of: subject.machine)
        let now = try await Workbench.interruptibly { try await subject.snapshot(asking: earlier) }
        let difference = earlier.difference(to: now)
        if invocation.has("json") {
            try terminal.answer(json: difference)
        } else {
            try terminal.answer(difference.summary(limit: 40))
        }
        subject.log.say("done: \(difference.changes.count) changes since the snapshot")
        guard difference.losses.isEmpty else { return .doesNotSurvive }
        return difference.unknown.isEmpty ? .done : .couldNotTell
    }

    func evidence(_ invocation: Invocation) async throws -> ExitStatus {
        let subject = try await take(invocation.arguments.first)
        let (folder, gaps) = try await Workbench.interruptibly { await subject.evidence() }
        for gap in gaps { Terminal.note(gap) }
        try terminal.answer(folder.path)
        subject.log.say("done: evidence collected")
        return .done
    }
}
