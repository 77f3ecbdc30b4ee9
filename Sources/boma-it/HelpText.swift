/// The help of the program and of each command, from the table.
struct HelpText {
    let commands: [CommandSpec]

    /// The program's own.
    var program: String {
        let visible = commands.filter { !$0.isHidden }
        return """
            boma-it: boots a throw-away machine that is your host, runs its playbook, reboots it,
            and says whether the host survives.

            usage: boma-it COMMAND [ARGUMENTS] [OPTIONS]

            \(Self.columns(visible.map { ($0.name, $0.summary) }))

            More about a command: boma-it COMMAND --help
            The version: boma-it --version
            Settings: environment variables that start with BOMA_IT_; README.md lists them.

            exit status:
            \(exitStatus)
            """
    }

    var exitStatus: String {
        Self.columns(ExitStatus.allCases.map { ("\($0.rawValue)", $0.meaning) })
    }

    /// A command's own.
    func command(_ command: CommandSpec) -> String {
        var parts = ["\(command.name): \(command.summary)", "usage: boma-it \(command.synopsis)", command.help]
        if !command.arguments.isEmpty {
            parts.append("arguments:\n" + Self.columns(command.arguments.map { ($0.name, $0.help) }))
        }
        parts.append("options:\n" + Self.columns(command.allOptions.map { ($0.label, $0.help) }))
        if !command.examples.isEmpty {
            parts.append(
                "examples:\n" + command.examples.map { "  \($0.line)\n      \($0.meaning)" }.joined(separator: "\n"))
        }
        parts.append("exit status:\n" + exitStatus)
        return parts.joined(separator: "\n\n")
    }

    private static func columns(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "  " + $0.0.padded(to: width) + "  " + $0.1 }.joined(separator: "\n")
    }
}

extension String {
    /// The text with spaces after it, up to a width.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
