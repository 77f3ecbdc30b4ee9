import Foundation
import VMHarness

/// Commands about machines.
struct MachineCommands {
    let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    // MARK: - Being a host

    func up(_ invocation: Invocation) async throws -> ExitStatus {
        var bench = try Workbench()
        bench.configuration.subject = invocation.arguments[0]
        if let tier = invocation.values["certs"].flatMap(CertTier.init) { bench.configuration.certificates.tier = tier }
        bench.runner.removeLogs()
        let configuration = bench.configuration
        let run = try await Workbench.interruptibly { try await Run.start(configuration) }
        defer { run.report.finish() }
        // Check the input before anything boots.
        try Convergence.scenario(
            invocation.values["scenario"], tier: configuration.certificates.tier, profile: run.profile)
        let start = try await Self.start(invocation, run)
        let subject = try await run.session.timed(.boot, "boot") { try await run.subject(for: "up", from: start) }
        do {
            try await subject.finishIsolationProof()
            if case .converged = start {
                run.log.say(
                    "the playbook has run in this machine already: it comes from a layer (--no-cache starts anew)")
            } else if !invocation.has("no-play") {
                let convergence = try await Convergence(
                    subject, scenario: invocation.values["scenario"],
                    isBare: invocation.has("no-cache") || !configuration.layers.areUsed)
                defer { convergence.stop() }
                _ = try await run.session.timed(.other, "converge") {
                    try await convergence.run("converge", tags: invocation.list("tags"))
                }
            }
        } catch {
            // Print the error first: the last lines are to be the next commands.
            Terminal.complain("\(error)")
            await subject.end(.couldNotTell(Trouble(error)))
            return ExitStatus(error)
        }
        await subject.hold(because: "boma-it up")
        let record = await subject.machine.record
        if invocation.has("json") {
            let fresh = try Workbench()
            defer { fresh.runner.removeLogs() }
            let status = await MachineStatus.all(
                of: [record], in: fresh.machines, virsh: fresh.virsh, runner: fresh.runner)
            try terminal.answer(json: status.first)
        } else {
            try terminal.answer(
                """
                boma-it ssh \(record.name)
                boma-it reboot \(record.name)
                boma-it clean \(record.name)
                """)
        }
        return .done
    }

    /// A converged machine where the whole playbook is asked for and a layer has it.
    private static func start(_ invocation: Invocation, _ run: Run) async throws -> Start {
        guard !invocation.has("no-cache") else { return .cold }
        guard !invocation.has("no-play"), invocation.list("tags").isEmpty, let scenario = invocation.values["scenario"],
            run.configuration.certificates.tier == .internal, try await run.isKept(scenario)
        else { return .booted }
        return .converged(scenario)
    }

    func ssh(_ invocation: Invocation) async throws -> ExitStatus {
        // What follows "--" is the command, even if no machine is named.
        let names = invocation.arguments.prefix(min(1, invocation.beforeDashes))
        let (machine, folder) = try await Workbench.with { bench in
            let machine = try bench.machine(names.first)
            return (machine, MachineFolder(url: bench.machines.appending(path: machine.name)))
        }
        let command = invocation.arguments.dropFirst(names.count)
        // With a command, use no terminal: it would mix standard output and standard error.
        let terminal = command.isEmpty ? ["-t"] : []
        let words = Self.line(for: Array(command))
        try replaceProcess(
            with: ["ssh", "-F", try folder.readySSHConfig().path] + terminal + [machine.subject] + words)
    }

    /// What ssh is given: one word is a line for the guest's shell, as it is to ssh; several are a program and its
    /// arguments, which no shell splits once more.
    static func line(for command: [String]) -> [String] {
        command.count < 2 ? command : [command.map(shellQuoted).joined(separator: " ")]
    }

    func console(_ invocation: Invocation) async throws -> ExitStatus {
        try await Workbench.with { bench in
            let machine = try bench.machine(invocation.arguments.first)
            let file = URL(filePath: machine.evidence).appending(path: "console.log")
            guard FileManager.default.isReadableFile(atPath: file.path) else {
                throw HarnessTrouble(
                    "console of \(machine.name)", why: "\(file.path) can't be read",
                    fix: "boma-it runs lists the run directories that are left")
            }
            let folder = bench.machines.appending(path: machine.name).path
            try await followLines(of: file) { line in
                try terminal.answer(ConsoleText.plain(line))
            } while: {
                invocation.has("follow") && FileManager.default.fileExists(atPath: folder)
            }
            return .done
        }
    }

    // MARK: - Working with a kept one

    func play(_ invocation: Invocation) async throws -> ExitStatus {
        let subject = try await take(invocation.arguments.first)
        let recap = try await Workbench.interruptibly {
            let variables = try invocation.values["scenario"].map(subject.profile.scenario) ?? [:]
            return try await subject.play().run("play", variables: variables, tags: invocation.list("tags"))
        }
        subject.session.finish("\(recap.changedTasks.count) tasks changed something")
        for task in recap.changedTasks { try terminal.answer("changed: \(printable(task))") }
        return .done
    }

    func reboot(_ invocation: Invocation) async throws -> ExitStatus {
        let subject = try await take(invocation.arguments.first)
        let verdict = try await Workbench.interruptibly {
            try await Survival.askReboot(subject, isPowerCut: invocation.has("power-cut"))
        }
        subject.session.finish("reboot", verdict)
        let sentence = verdict.sentence(about: subject.profile.subject)
        if invocation.has("json") {
            try terminal.answer(json: RunVerdict(verdict, about: subject.profile.subject))
        } else {
            try terminal.answer(sentence)
            for complaint in verdict.complaints { try terminal.answer("  - \(complaint.line)") }
        }
        return ExitStatus(verdict)
    }

    func take(_ name: String?) async throws -> Subject {
        let (record, configuration) = try await Workbench.with { (try $0.machine(name), $0.configuration) }
        return try await Session.take(record, configuration: configuration)
    }

    // MARK: - Looking after them

    func status(_ invocation: Invocation) async throws -> ExitStatus {
        let machines = try await Workbench.with { bench in
            await MachineStatus.all(
                of: bench.removal.all(), in: bench.machines, virsh: bench.virsh, runner: bench.runner)
        }
        if invocation.has("json") {
            try terminal.answer(json: machines)
            return .done
        }
        if machines.isEmpty { Terminal.note("no machines") }
        for machine in machines { try terminal.answer(StatusText.lines(machine, now: Date(), on: terminal)) }
        return .done
    }

    func keep(_ invocation: Invocation) async throws -> ExitStatus {
        try await Workbench.with { bench in
            let machine = try bench.machine(invocation.arguments.first)
            try await machine.keep(
                because: invocation.values["reason"] ?? "boma-it keep",
                in: bench.machines.appending(path: machine.name), virsh: bench.virsh)
            try terminal.answer("kept: \(machine.name)")
            return .done
        }
    }

    func clean(_ invocation: Invocation) async throws -> ExitStatus {
        try await Workbench.with { bench in
            let isDry = invocation.has("dry-run")
            let chosen = try invocation.arguments.map { try bench.machine($0) }
            if !chosen.isEmpty {
                for machine in chosen {
                    if !isDry { try await bench.removal.remove(machine) }
                    try terminal.answer("\(isDry ? "would remove" : "removed"): \(machine.name)")
                }
                return .done
            }
            return try await cleanAll(bench, isDry: isDry)
        }
    }

    private func cleanAll(_ bench: Workbench, isDry: Bool) async throws -> ExitStatus {
        let host = bench.removal.takeHost()
        defer { withExtendedLifetime(host) {} }
        let names =
            isDry ? try await bench.removal.removable(holding: host) : try await bench.removal.removeAll(holding: host)
        if names.isEmpty { Terminal.note("no machines to remove") }
        for name in names { try terminal.answer("\(isDry ? "would remove" : "removed"): \(name)") }
        let others = try await bench.removal.markedDomains().filter { !isDry || !names.contains($0) }
        guard others.isEmpty else {
            Terminal.note("the network stays, it is still used by: \(others.joined(separator: ", "))")
            return .done
        }
        // A run may be between two machines: its next one needs the network.
        guard host != nil else {
            Terminal.note("the network stays, a run is in progress")
            return .done
        }
        if isDry {
            try terminal.answer("would remove: network \(IsolatedNetwork.name), if it is there")
        } else {
            try await IsolatedNetwork(
                virsh: bench.virsh, runner: bench.runner, subnet: bench.configuration.host.subnet
            ).remove()
        }
        return .done
    }
}
