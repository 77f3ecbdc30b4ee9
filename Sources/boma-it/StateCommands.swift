import Foundation
import VMHarness

/// Commands that look at the state of a kept machine.
extension MachineCommands {
    func snapshot(_ invocation: Invocation) async throws -> ExitStatus {
        let subject = try await take(invocation.arguments.first)
        let snapshot = try await Workbench.interruptibly { try await subject.look("at the snapshot", .none) }
        try snapshot.write(for: subject.machine)
        if invocation.has("json") {
            try terminal.answer(json: snapshot)
        } else {
            let open = snapshot.open.filter(\.value.ok).keys.sorted().map(String.init)
            try terminal.answer("snapshot saved; ports that answer from outside: \(open.joined(separator: ", "))")
        }
        subject.session.finish("snapshot taken")
        return .done
    }

    func diff(_ invocation: Invocation) async throws -> ExitStatus {
        let subject = try await take(invocation.arguments.first)
        let earlier = try await Look.read(of: subject.machine)
        let now = try await Workbench.interruptibly { try await subject.look("now", .none, since: earlier) }
        let seen = Comparison(earlier, now, event: "all that came after the snapshot", since: "the snapshot")
        let verdict = seen.verdict
        if invocation.has("json") {
            try terminal.answer(json: RunVerdict(verdict, about: subject.profile.subject))
        } else {
            try terminal.answer(verdict.sentence(about: subject.profile.subject))
            for complaint in verdict.complaints { try terminal.answer("  - \(complaint.line)") }
            try terminal.answer(seen.difference.summary(limit: 40))
        }
        subject.session.finish("diff", verdict)
        return ExitStatus(verdict)
    }

    func foresee(_ invocation: Invocation) async throws -> ExitStatus {
        let foresight: Foresight
        if let file = invocation.values["facts"] {
            guard invocation.arguments.isEmpty else {
                throw UsageError(problem: "foresee takes a machine or --facts, not both")
            }
            foresight = Foresight(try StateSnapshot(reading: URL(filePath: file)))
        } else {
            let subject = try await take(invocation.arguments.first)
            foresight = Foresight(try await Workbench.interruptibly { try await subject.snapshot("now") })
            subject.session.finish("foreseen")
        }
        if invocation.has("json") { try terminal.answer(json: foresight) } else { try terminal.answer(foresight.text) }
        if !foresight.losses.isEmpty { return .doesNotSurvive }
        return foresight.unknown.isEmpty ? .done : .couldNotTell
    }

    func factsScript(_ invocation: Invocation) throws -> ExitStatus {
        try terminal.answer(GuestProgram.text)
        return .done
    }

    func evidence(_ invocation: Invocation) async throws -> ExitStatus {
        let subject = try await take(invocation.arguments.first)
        let gaps = try await Workbench.interruptibly { await subject.collectEvidence() }
        for gap in gaps { Terminal.note(gap) }
        try terminal.answer(subject.folder.appending(path: "evidence").path)
        subject.session.finish("evidence collected")
        return .done
    }
}
