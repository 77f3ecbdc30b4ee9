import VMHarness

/// All commands.
enum CommandTable {
    static let all: [CommandSpec] = question + host + images + machines + runs + program

    private static let certs = OptionSpec(
        name: "certs", kind: .word("TIER", CertTier.allCases.map(\.rawValue)),
        help: "where certificates come from: \(CertTier.allCases.map(\.rawValue).joined(separator: ", "))")

    private static let question = [
        CommandSpec(
            name: "survive", summary: "say whether a host survives its playbook and a reboot",
            help: """
                Boots a throw-away machine that is HOST, runs its playbook, reboots it, and compares.
                Prints the verdict in one sentence, and the next command to type.
                Writes a run directory with a report. Keeps the machine when something is wrong with it.
                """,
            arguments: [
                ArgumentSpec(
                    name: "HOST", help: "Name of a profile. Default: BOMA_IT_HOST.", isOptional: true,
                    values: .listed(.subjects))
            ],
            options: [
                scenario, certs,
                OptionSpec(
                    name: "keep", kind: .word("WHEN", KeepPolicy.allCases.map(\.rawValue)),
                    help: "keep the machine: \(KeepPolicy.allCases.map(\.rawValue).joined(separator: ", "))"),
                OptionSpec(name: "wait", help: "wait for a run that holds this machine; without it, end at once"),
                .json,
            ],
            examples: [
                .init(
                    line: "boma-it survive askari", meaning: "the verdict, and 0, 3 or 4 as the exit status"),
                .init(line: "boma-it survive askari --json", meaning: "the verdict as one JSON object, for a script"),
            ],
            run: { try await SurviveCommand($1).survive($0) })
    ]

    private static let host = [
        CommandSpec(
            name: "doctor", summary: "look at everything that a run needs of this machine",
            help: """
                Looks at each tool, the firmware, libvirt, KVM, memory, disk, network, cache and image,
                and says for whatever is missing how to get it.
                Exits with 1 when something is missing without which no run goes; a warning is no reason.
                """,
            options: [
                OptionSpec(name: "fix", help: "run scripts/setup (asks for root), then look again"), .json,
            ],
            examples: [.init(line: "boma-it doctor --fix", meaning: "install and start what is missing")],
            run: { try await HostCommands($1).doctor($0) })
    ]

    private static let images = [
        CommandSpec(
            name: "golden list", summary: "list the golden images in the cache",
            help: "The newest comes first; '*' marks the one that the next run takes.", options: [.json],
            run: { try await ImageCommands($1).list($0) }),
        CommandSpec(
            name: "golden pull", summary: "download Debian's image",
            help: """
                Downloads Debian's official image and verifies it against Debian's digest,
                unless the cache has what Debian publishes now. Prints the path of the image.
                """, run: { _, terminal in try await ImageCommands(terminal).renew(from: "debian") }),
        CommandSpec(
            name: "golden build", summary: "build an image from a Debian mirror",
            help: """
                Builds an image from this machine's Debian mirror, or from BOMA_IT_DEBIAN_MIRROR.
                Takes about a minute. Prints the path of the image.
                """, run: { _, terminal in try await ImageCommands(terminal).renew(from: "build") }),
        CommandSpec(
            name: "golden verify", summary: "check the digest of every image",
            help: "Exits with 1 when an image is corrupt or missing.", run: { try await ImageCommands($1).verify($0) }),
        CommandSpec(
            name: "golden prune", summary: "remove images that nothing needs",
            help: "Keeps the newest sound image, and those that a machine or a layer lies over.",
            options: [OptionSpec(name: "dry-run", help: "only list what would go")],
            run: { try await ImageCommands($1).prune($0) }),
    ]

    private static let someMachine = ArgumentSpec(
        name: "NAME", help: "a machine, by its name, its end, or the host that it is; the newest when left out",
        isOptional: true, values: .listed(.machines))
    private static let scenario = OptionSpec(
        name: "scenario", kind: .text("NAME"), help: "a named set of variables of the profile")
    private static let tags = OptionSpec(
        name: "tags", kind: .text("TAGS"), help: "only this part of the playbook, separated by commas")

    private static let machines = [
        CommandSpec(
            name: "up", summary: "boot a host and keep it, to work in it",
            help: """
                Boots a machine that is the host SUBJECT, applies its playbook, and keeps the machine.
                Prints how to enter it. When the playbook fails, evidence is collected.
                """,
            arguments: [ArgumentSpec(name: "SUBJECT", help: "name of a profile", values: .listed(.subjects))],
            options: [
                OptionSpec(name: "no-play", help: "boot only, without the playbook"),
                OptionSpec(name: "no-cache", help: "straight from the golden image, without a layer"), scenario, tags,
                certs, .json,
            ],
            examples: [
                .init(line: "boma-it up askari && boma-it ssh askari", meaning: "be that host, and look around")
            ],
            run: { try await MachineCommands($1).up($0) }),
        CommandSpec(
            name: "ssh", summary: "log in to a machine, or run a command in it",
            help: "Options for the command in the machine go after '--'.",
            arguments: [
                someMachine,
                ArgumentSpec(
                    name: "COMMAND", help: "what to run instead of a shell", isOptional: true, isRepeated: true),
            ],
            examples: [
                .init(line: "boma-it ssh askari -- systemctl --failed", meaning: "one command in the newest askari"),
                .init(line: "boma-it ssh -- uptime", meaning: "one command in the newest machine"),
                .init(line: "boma-it ssh -- 'dmesg | tail'", meaning: "one word: a line for the machine's shell"),
            ], run: { try await MachineCommands($1).ssh($0) }),
        CommandSpec(
            name: "console", summary: "show what a machine wrote to its serial console",
            help: "Control characters are made harmless.", arguments: [someMachine],
            options: [OptionSpec(name: "follow", short: "f", help: "go on until Ctrl-C or the end of the machine")],
            run: { try await MachineCommands($1).console($0) }),
        CommandSpec(
            name: "play", summary: "run the playbook against a kept machine",
            help: "First proves that nothing but that machine is in its scope. Prints what the playbook changed.",
            arguments: [someMachine], options: [tags, scenario],
            run: { try await MachineCommands($1).play($0) }),
        CommandSpec(
            name: "reboot", summary: "reboot a kept machine and judge whether it survived",
            help: """
                Looks at the host, reboots it, proves that it was exactly one reboot, and looks again.
                Exits with 3 when the host does not survive, and with 4 when that can't be told:
                the reboot was not proven, or the host was not healthy before it.
                """,
            arguments: [someMachine],
            options: [
                OptionSpec(name: "power-cut", help: "take the power away instead of ordering a reboot"), .json,
            ],
            run: { try await MachineCommands($1).reboot($0) }),
        CommandSpec(
            name: "snapshot", summary: "note the state of a kept machine, for diff",
            help: """
                Units, listeners, firewall, routes, mounts, containers and more, and which ports answer from outside.
                A machine has one snapshot; a new one replaces it.
                """,
            arguments: [someMachine], options: [.json], run: { try await MachineCommands($1).snapshot($0) }),
        CommandSpec(
            name: "diff", summary: "say what a kept machine has lost since its snapshot",
            help: """
                Prints what worked then and does not now, what matters most first.
                Exits with 3 when something was lost, and with 4 when parts could not be compared.
                """,
            arguments: [someMachine], options: [.json], run: { try await MachineCommands($1).diff($0) }),
        CommandSpec(
            name: "evidence", summary: "collect from a kept machine what one reads after a failure",
            help: """
                Asks over SSH, else through the guest agent, else reads the machine's disk.
                Prints the folder with the answers. Takes at most BOMA_IT_EVIDENCE_SECONDS.
                """,
            arguments: [someMachine], run: { try await MachineCommands($1).evidence($0) }),
        CommandSpec(
            name: "status", summary: "list machines that are running or kept, with how to enter them",
            help: "Shows age, memory, disk, and why a machine is kept.", options: [.json],
            run: { try await MachineCommands($1).status($0) }),
        CommandSpec(
            name: "keep", summary: "keep a machine when its run ends",
            help: "A machine of a run that still goes on stays after it, unless that run is interrupted.",
            arguments: [ArgumentSpec(name: "NAME", help: "a machine, as for ssh", values: .listed(.machines))],
            options: [OptionSpec(name: "reason", kind: .text("TEXT"), help: "why, for who finds it")],
            run: { try await MachineCommands($1).keep($0) }),
        CommandSpec(
            name: "clean", summary: "remove machines, kept ones included, and the test network",
            help: """
                Without NAME removes all machines but those of a run that goes on, and the test network
                when nothing is left in it. Never touches what does not bear boma-it's mark.
                """,
            arguments: [
                ArgumentSpec(
                    name: "NAME", help: "remove only these machines", isOptional: true, isRepeated: true,
                    values: .listed(.machines))
            ],
            options: [OptionSpec(name: "dry-run", help: "only list what would go")],
            run: { try await MachineCommands($1).clean($0) }),
    ]

    private static let runs = [
        CommandSpec(
            name: "runs", summary: "list the latest runs and how they ended",
            help: "The newest comes first.",
            options: [
                OptionSpec(name: "limit", short: "n", kind: .count("N"), help: "how many; 10 when left out"), .json,
            ], run: { try await RunCommands($1).runs($0) }),
        CommandSpec(
            name: "report", summary: "say where the report of a run is",
            help: "Prints the path of the run's index.html.",
            arguments: [
                ArgumentSpec(
                    name: "RUN", help: "id of a run, or its beginning; the newest when left out", isOptional: true,
                    values: .listed(.runs))
            ],
            options: [OptionSpec(name: "open", help: "open it in the browser (xdg-open)")],
            run: { try await RunCommands($1).report($0) }),
        CommandSpec(
            name: "verdict", summary: "say whether the host of a run survives",
            help: """
                Prints the verdict of the run and why, in one sentence, from its report.json.
                Exits with 0 when the host survives, with 3 when it does not, and with 4 when the run could not tell,
                also because it did not end.
                """,
            arguments: [
                ArgumentSpec(
                    name: "RUN", help: "id of a run, or its beginning; the newest when left out", isOptional: true,
                    values: .listed(.runs))
            ],
            options: [.json], run: { try await RunCommands($1).verdict($0) }),
    ]

    private static let program = [
        CommandSpec(
            name: "completion", summary: "print a completion script for a shell",
            help: "Load it with: source <(boma-it completion bash)",
            arguments: [
                ArgumentSpec(
                    name: "SHELL", help: "bash, zsh or fish",
                    values: .words(CompletionScript.Shell.allCases.map(\.rawValue)))
            ], run: { try ProgramCommands($1).completion($0) }),
        CommandSpec(
            name: "man", summary: "print the man page",
            help: "Read it with: boma-it man | man -l -", run: { try ProgramCommands($1).man($0) }),
        CommandSpec(
            name: "help", summary: "say how a command is used", help: "The same as --help after the command.",
            arguments: [
                ArgumentSpec(
                    name: "COMMAND", help: "a command; the program when left out", isOptional: true, isRepeated: true,
                    values: .commands)
            ], run: { try ProgramCommands($1).help($0) }),
        CommandSpec(
            name: "_list", summary: "names, a line each, for completion", help: "For the completion scripts.",
            arguments: [
                ArgumentSpec(name: "KIND", help: "of what", values: .words(ListKind.allCases.map(\.rawValue)))
            ], isHidden: true, run: { try await ProgramCommands($1).list($0) }),
    ]
}
