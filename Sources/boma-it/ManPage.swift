/// The man page, in roff, from the table.
struct ManPage {
    let commands: [CommandSpec]

    var text: String {
        var lines = [
            #".TH BOMA-IT 1 "\#(BomaIt.released)" "boma-it \#(BomaIt.version)" "User Commands""#,
            ".SH NAME", "boma-it \\- prove that a host survives its playbook and a reboot",
            ".SH SYNOPSIS", ".B boma-it", ".I COMMAND", "[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]",
            ".SH DESCRIPTION",
            "boma-it boots a throw-away virtual machine that is a host of your Ansible inventory,",
            "runs the real playbook against it and nothing else, really reboots it,",
            "and says whether the host survives.",
            "Answers go to standard output, progress and errors to standard error.",
            ".SH COMMANDS",
        ]
        for command in commands where !command.isHidden { lines += section(command) }
        lines += [".SH EXIT STATUS"]
        for status in ExitStatus.allCases { lines += [".TP", ".B \(status.rawValue)", Self.escaped(status.meaning)] }
        lines += [
            ".SH ENVIRONMENT",
            "Settings are environment variables that start with BOMA_IT_; README.md lists them.",
            ".TP", ".B NO_COLOR", "No colours, even on a terminal.",
            ".SH FILES",
            ".TP", ".I ~/integration\\-runs/", "Reports and logs of runs.",
            ".TP", ".I /var/cache/boma\\-it/", "Images and machines.",
            ".SH SEE ALSO", ".BR ansible\\-playbook (1),", ".BR virsh (1)",
        ]
        return lines.joined(separator: "\n")
    }

    private func section(_ command: CommandSpec) -> [String] {
        var lines = [".SS \"\(Self.escaped(command.synopsis))\"", Self.sentence(command.summary)]
        lines += [".PP"] + command.help.split(separator: "\n").map { Self.escaped(String($0)) }
        for argument in command.arguments {
            lines += [".TP", ".I \(Self.escaped(argument.name))", Self.sentence(argument.help)]
        }
        for option in command.options {
            lines += [".TP", ".B \(Self.escaped(option.label))", Self.sentence(option.help)]
        }
        for example in command.examples {
            lines += [
                ".PP", Self.sentence(example.meaning), ".PP", ".RS 4", ".nf", Self.escaped(example.line), ".fi", ".RE",
            ]
        }
        return lines
    }

    private static func sentence(_ text: String) -> String {
        let first = text.prefix(1).uppercased() + text.dropFirst()
        return escaped(first.hasSuffix(".") ? first : first + ".")
    }

    /// Text that roff takes for text: dashes as they are, no escapes, no line that would be a request.
    private static func escaped(_ text: String) -> String {
        let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\"", with: "\\(dq")
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }
}
