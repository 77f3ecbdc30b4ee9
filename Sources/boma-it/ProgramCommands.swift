import VMHarness

/// Commands about the program itself.
struct ProgramCommands {
    let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    func completion(_ invocation: Invocation) throws -> ExitStatus {
        if let shell = invocation.arguments.first.flatMap(CompletionScript.Shell.init) {
            try terminal.answer(CompletionScript(commands: CommandTable.all).text(for: shell))
        }
        return .done
    }

    func man(_ invocation: Invocation) throws -> ExitStatus {
        try terminal.answer(ManPage(commands: CommandTable.all).text)
        return .done
    }

    func help(_ invocation: Invocation) throws -> ExitStatus {
        let help = HelpText(commands: CommandTable.all)
        guard let first = invocation.arguments.first else {
            try terminal.answer(help.program)
            return .done
        }
        // The page of a group is the pages of its commands.
        let group = CommandTable.all.filter { $0.name.hasPrefix("\(first) ") }
        if invocation.arguments.count == 1, !group.isEmpty {
            try terminal.answer(group.map(help.command).joined(separator: "\n\n"))
            return .done
        }
        let (command, rest) = try ArgumentParser(commands: CommandTable.all).command(in: invocation.arguments)
        if let word = rest.first {
            throw UsageError(problem: "there is no command '\(command.name) \(printable(word))'", command: command.name)
        }
        try terminal.answer(help.command(command))
        return .done
    }

    func list(_ invocation: Invocation) async throws -> ExitStatus {
        guard let kind = invocation.arguments.first.flatMap(ListKind.init) else { return .usage }
        let names = try await Workbench.with { bench in
            switch kind {
            case .subjects: ProfileStore(configuration: bench.configuration, runner: bench.runner).names()
            case .machines: bench.removal.all().map(\.name)
            case .runs: RunSummary.newest(50, in: bench.configuration.runs).map(\.id)
            }
        }
        for name in names { try terminal.answer(name) }
        return .done
    }
}
