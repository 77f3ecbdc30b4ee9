import VMHarness

/// All commands.
enum CommandTable {
    static let all: [CommandSpec] = question + host + images + machines + runs + program

    private static let certs = OptionSpec(
        name: "certs", kind: .word("TIER", CertTier.allCases.map(\.rawValue)),
        help: "who issues certificates: \(CertTier.allCases.map(\.rawValue).joined(separator: ", "))")

    private static let question = [
        CommandSpec(
            name: "survive", summary: "say whether a host survives its playbook and a reboot",
            help: """
                Boots a throw-away machine that is HOST, runs its playbook, reboots it, and compares
                the host before and after. Prints the verdict in one sentence, and what to type next.
                Writes a run directory with a report. Keeps the machine unless the host survives.
                """,
            arguments: [
                ArgumentSpec(
                    name: "HOST", help: "name of a profile; default: BOMA_IT_HOST", isOptional: true,
                    values: .listed(.subjects))
            ],
            options: [
                scenario, certs,
                OptionSpec(
                    name: "keep", kind: .word("WHEN", KeepPolicy.allCases.map(\.rawValue)),
                    help: "when to keep the machine: \(KeepPolicy.allCases.map(\.rawValue).joined(separator: ", "))"),
                OptionSpec(name: "wait", help: "wait for another run on this control host; default: end at once"),
                .json,
            ],
            examples: [
                .init(
                    line: "boma-it survive askari", meaning: "get the verdict; the exit status is 0, 3 or 4"),
                .init(line: "boma-it survive askari --json", meaning: "get the verdict as one JSON object"),
            ],
            run: { try await SurviveCommand($1).survive($0) })
    ]

    private static let host = [
        CommandSpec(
            name: "doctor", summary: "check that this control host can run boma-it",
            help: """
                Checks tools, firmware, libvirt, KVM, memory, disk, network, cache and image.
                Says how to get what is missing.
                Exits 1 if anything required is missing. Warnings do not count.
                """,
            options: [
                OptionSpec(name: "fix", help: "run scripts/setup (asks for root), then check again"), .json,
            ],
            examples: [.init(line: "boma-it doctor --fix", meaning: "install and start what is missing")],
            run: { try await HostCommands($1).doctor($0) })
    ]

    private static let images = [
        CommandSpec(
            name: "golden list", summary: "list the golden images in the cache",
            help: "Newest first. '*' marks the one that the next run uses.", options: [.json],
            run: { try await ImageCommands($1).list($0) }),
        CommandSpec(
            name: "golden pull", summary: "download Debian's image",
            help: """
                Downloads Debian's official image and verifies its digest.
                Does nothing if the cache has the current one. Prints the path of the image.
                """, run: { _, terminal in try await ImageCommands(terminal).renew(from: "debian") }),
        CommandSpec(
            name: "golden build", summary: "build an image from a Debian mirror",
            help: """
                Builds an image from BOMA_IT_DEBIAN_MIRROR. Default: the mirror of this control host.
                Takes about a minute. Prints the path of the image.
                """, run: { _, terminal in try await ImageCommands(terminal).renew(from: "build") }),
        CommandSpec(
            name: "golden verify", summary: "check the digest of every image",
            help: "Exits 1 if an image is corrupt or missing.", run: { try await ImageCommands($1).verify($0) }),
        CommandSpec(
            name: "golden prune", summary: "remove images that nothing uses",
            help: "Keeps the newest intact image, and every image that a machine or a layer is based on.",
            options: [OptionSpec(name: "dry-run", help: "list what would be removed; remove nothing")],
            run: { try await ImageCommands($1).prune($0) }),
    ]

    private static let someMachine = ArgumentSpec(
        name: "NAME", help: "machine name, the end of its name, or its host; default: the newest",
        isOptional: true, values: .listed(.machines))
    private static let scenario = OptionSpec(
        name: "scenario", kind: .text("NAME"), help: "apply the variables of this scenario of the profile")
    private static let tags = OptionSpec(
        name: "tags", kind: .text("TAGS"), help: "run only tasks with these tags, separated by commas")

    private static let machines = [
        CommandSpec(
            name: "up", summary: "boot a machine that is a host, run its playbook, keep it",
            help: """
                Boots a machine that is HOST, runs its playbook, and keeps the machine.
                Prints the commands that come next. Collects evidence if the playbook fails.
                """,
            arguments: [ArgumentSpec(name: "HOST", help: "name of a profile", values: .listed(.subjects))],
            options: [
                OptionSpec(name: "no-play", help: "boot only; do not run the playbook"),
                OptionSpec(name: "no-cache", help: "start from the golden image, not from a layer"), scenario, tags,
                certs, .json,
            ],
            examples: [
                .init(line: "boma-it up askari && boma-it ssh askari", meaning: "boot askari and log in")
            ],
            run: { try await MachineCommands($1).up($0) }),
        CommandSpec(
            name: "ssh", summary: "log in to a machine, or run a command on it",
            help: "Put '--' before a command that has options.",
            arguments: [
                someMachine,
                ArgumentSpec(
                    name: "COMMAND", help: "command to run; default: a login shell", isOptional: true, isRepeated: true),
            ],
            examples: [
                .init(
                    line: "boma-it ssh askari -- systemctl --failed", meaning: "run one command on the newest askari"),
                .init(line: "boma-it ssh -- uptime", meaning: "run one command on the newest machine"),
                .init(
                    line: "boma-it ssh -- 'dmesg | tail'",
                    meaning: "quote a pipeline: one word goes to the shell of the machine"),
            ], run: { try await MachineCommands($1).ssh($0) }),
        CommandSpec(
            name: "console", summary: "show the serial console of a machine",
            help: "Prints what the machine wrote since it started, without control characters.",
            arguments: [someMachine],
            options: [
                OptionSpec(name: "follow", short: "f", help: "keep printing until Ctrl-C or until the machine is gone")
            ],
            run: { try await MachineCommands($1).console($0) }),
        CommandSpec(
            name: "play", summary: "run the playbook against a kept machine",
            help: "First proves that the playbook reaches only that machine. Prints the tasks that changed something.",
            arguments: [someMachine], options: [tags, scenario],
            run: { try await MachineCommands($1).play($0) }),
        CommandSpec(
            name: "reboot", summary: "reboot a kept machine and say whether the host survives",
            help: """
                Checks the machine, reboots it, proves that it rebooted exactly once, and checks again.
                Exits 3 if the host does not survive. Exits 4 if boma-it could not tell: the reboot
                was not proven, or the host was not healthy before.
                """,
            arguments: [someMachine],
            options: [
                OptionSpec(name: "power-cut", help: "cut the power instead of asking for a reboot"), .json,
            ],
            run: { try await MachineCommands($1).reboot($0) }),
        CommandSpec(
            name: "snapshot", summary: "save the state of a kept machine, for diff",
            help: """
                Saves units, listeners, firewall, routes, mounts, containers and more,
                and which ports answer from outside. A new snapshot replaces the old one.
                """,
            arguments: [someMachine], options: [.json], run: { try await MachineCommands($1).snapshot($0) }),
        CommandSpec(
            name: "diff", summary: "list what a kept machine has lost since its snapshot",
            help: """
                Lists what worked then and does not work now, worst first.
                Exits 3 if something was lost. Exits 4 if something could not be compared.
                """,
            arguments: [someMachine], options: [.json], run: { try await MachineCommands($1).diff($0) }),
        CommandSpec(
            name: "foresee", summary: "list what the next reboot would undo, without rebooting",
            help: """
                Compares the running state with the files that are read at boot. Lists units that nothing
                starts, mounts that are not in fstab, and firewall rules, routes and addresses that no
                file sets. Finds only what files show; use survive to test with a real reboot.
                With --facts, reads the output of facts-script instead of a machine.
                Exits 3 if something will be lost. Exits 4 if something could not be read.
                """,
            arguments: [someMachine],
            options: [
                OptionSpec(
                    name: "facts", kind: .text("FILE"),
                    help: "the output of facts-script instead of a machine; - is standard input"),
                .json,
            ], run: { try await MachineCommands($1).foresee($0) }),
        CommandSpec(
            name: "facts-script", summary: "print the program that reads the state of a host, for foresee",
            help: """
                The program only reads. Its output has names of users, units and containers, firewall rules, kernel
                settings, mounts and addresses. It has no content of files beyond sysctl.d.
                """,
            examples: [
                .init(
                    line: "boma-it facts-script",
                    meaning:
                        "pipe it into 'ssh HOST sudo python3 - >facts.json', then: boma-it foresee --facts facts.json")
            ], run: { try MachineCommands($1).factsScript($0) }),
        CommandSpec(
            name: "evidence", summary: "collect evidence from a kept machine",
            help: """
                Collects journal, failed units, firewall, sockets, logs and more, as after a failed run.
                Uses SSH, else the guest agent, else the disk of the machine.
                Prints the folder. Takes at most BOMA_IT_EVIDENCE_SECONDS.
                """,
            arguments: [someMachine], run: { try await MachineCommands($1).evidence($0) }),
        CommandSpec(
            name: "status", summary: "list machines and how to log in to them",
            help: "Shows age, memory, disk, and why each machine is kept.", options: [.json],
            run: { try await MachineCommands($1).status($0) }),
        CommandSpec(
            name: "keep", summary: "keep a machine when its run ends",
            help: "For a machine of a run in progress. Has no effect if that run is interrupted.",
            arguments: [
                ArgumentSpec(
                    name: "NAME", help: "machine name, the end of its name, or its host", values: .listed(.machines))
            ],
            options: [OptionSpec(name: "reason", kind: .text("TEXT"), help: "reason, shown by status")],
            run: { try await MachineCommands($1).keep($0) }),
        CommandSpec(
            name: "clean", summary: "remove machines, also kept ones, and the test network",
            help: """
                Without NAME, removes all your machines except those of a run in progress,
                and the test network once it is empty. Never touches anything that boma-it did not make.
                """,
            arguments: [
                ArgumentSpec(
                    name: "NAME", help: "machines to remove; default: all", isOptional: true, isRepeated: true,
                    values: .listed(.machines))
            ],
            options: [OptionSpec(name: "dry-run", help: "list what would be removed; remove nothing")],
            run: { try await MachineCommands($1).clean($0) }),
    ]

    private static let runs = [
        CommandSpec(
            name: "runs", summary: "list runs and how they ended",
            help: "Newest first.",
            options: [
                OptionSpec(name: "limit", short: "n", kind: .count("N"), help: "how many to list; default: 10"), .json,
            ], run: { try await RunCommands($1).runs($0) }),
        CommandSpec(
            name: "report", summary: "print the path of a run's report",
            help: "Prints the path of index.html.",
            arguments: [
                ArgumentSpec(
                    name: "RUN", help: "run id or its beginning; default: the newest", isOptional: true,
                    values: .listed(.runs))
            ],
            options: [OptionSpec(name: "open", help: "open it in a browser (xdg-open)")],
            run: { try await RunCommands($1).report($0) }),
        CommandSpec(
            name: "verdict", summary: "print the verdict of a run",
            help: """
                Prints one sentence: whether the host survives, and why.
                Exits 0 if it survives, 3 if it does not, 4 if the run could not tell or did not end.
                """,
            arguments: [
                ArgumentSpec(
                    name: "RUN", help: "run id or its beginning; default: the newest", isOptional: true,
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
            name: "help", summary: "explain a command", help: "The same as --help after the command.",
            arguments: [
                ArgumentSpec(
                    name: "COMMAND", help: "command to explain; default: the program", isOptional: true,
                    isRepeated: true,
                    values: .commands)
            ], run: { try ProgramCommands($1).help($0) }),
        CommandSpec(
            name: "_list", summary: "list names, one a line, for completion", help: "For the completion scripts.",
            arguments: [
                ArgumentSpec(name: "KIND", help: "of what", values: .words(ListKind.allCases.map(\.rawValue)))
            ], isHidden: true, run: { try await ProgramCommands($1).list($0) }),
    ]
}
