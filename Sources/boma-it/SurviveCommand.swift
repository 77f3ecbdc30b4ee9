import VMHarness

/// The main job: does this host survive its playbook and a reboot?
struct SurviveCommand {
    let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    func survive(_ invocation: Invocation) async throws -> ExitStatus {
        let work = Task { try await run(invocation) }
        // Undone last, as it comes first: the process stays until the answer is out, also when it is "interrupted".
        let number = Interruption.shared.add { _ = await work.result }
        defer { Interruption.shared.remove(number) }
        return try await work.value
    }

    private func run(_ invocation: Invocation) async throws -> ExitStatus {
        let answer = await answer(to: invocation)
        if invocation.has("json") {
            try terminal.answer(json: answer)
        } else {
            try terminal.answer(answer.verdict.sentence)
            if let fix = answer.verdict.verdict.trouble?.fix { try terminal.answer("fix: \(printable(fix))") }
            for command in answer.next.prefix(1) { try terminal.answer("next: \(command)") }
        }
        return ExitStatus(answer.verdict.verdict)
    }

    private func answer(to invocation: Invocation) async -> SurvivalAnswer {
        var host = invocation.arguments.first
        do {
            var configuration = try HarnessConfiguration(packageRoot: HarnessConfiguration.nearestPackageRoot())
            if let host { configuration.subject = host }
            host = configuration.subject
            if let tier = invocation.values["certs"].flatMap(CertTier.init) { configuration.certificates.tier = tier }
            if let keep = invocation.values["keep"].flatMap(KeepPolicy.init) { configuration.retention.policy = keep }
            Terminal.note(
                "Boots a machine that is \(printable(configuration.subject)), runs its playbook, reboots it, and says what is lost."
            )
            return await Survival.ask(
                configuration,
                Survival.Question(scenario: invocation.values["scenario"], waits: invocation.has("wait")))
        } catch {
            return SurvivalAnswer(host: host ?? "the host", .couldNotTell(Trouble(error)))
        }
    }
}
