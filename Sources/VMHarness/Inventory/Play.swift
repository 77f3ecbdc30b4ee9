import Foundation

/// Runs the repository's playbook against one machine and nothing else.
public struct Play: Sendable {
    private let profile: Profile
    private let machine: Machine
    private let configuration: HarnessConfiguration
    private let runner: any CommandRunner
    private let folder: URL
    private let tree: AnsibleTree
    private let ansible: Ansible
    private let settings: PlaySettings

    /// Prepares the transient inventory and checks its scope; nothing is run on the machine yet.
    ///
    /// - Parameter folder: where inventory, settings and logs go.
    /// - Throws: ``HarnessTrouble`` when something is missing or the scope is more than the machine.
    public init(
        _ profile: Profile, on machine: Machine, configuration: HarnessConfiguration, runner: any CommandRunner,
        folder: URL
    ) async throws {
        self.profile = profile
        self.machine = machine
        self.configuration = configuration
        self.runner = runner
        self.folder = folder
        tree = try AnsibleTree(configuration: configuration, playbook: profile.playbook)
        settings = PlaySettings(
            folder: folder, configuration: configuration, tree: tree, sshConfig: machine.folder.sshConfig)
        try settings.write()
        ansible = Ansible(runner: runner, environment: settings.environment())
        try await writeInventory()
        try writeConnection()
        try await writeOverrides()
        try await ScopeCheck(subject: profile.subject, address: machine.address).verify(
            ansible, playbook: tree.playbook, arguments: inventoryArguments + variableArguments(scenario: nil))
    }

    private var inventoryFolder: URL { folder.appending(path: "inventory") }
    private var overridesFile: URL { folder.appending(path: "overrides.json") }
    private var connectionFile: URL { folder.appending(path: "connection.json") }

    private var inventoryArguments: [String] {
        ["--inventory", inventoryFolder.appending(path: "hosts.json").path] + settings.vaultArguments
    }

    /// Later files win: overrides over production, a scenario over both, and the connection over everything.
    private func variableArguments(scenario: URL?) -> [String] {
        ([overridesFile] + [scenario].compactMap { $0 } + [connectionFile]).flatMap { ["--extra-vars", "@\($0.path)"] }
    }

    private func writeInventory() async throws {
        // Without the variables plugin, so that no file of the vault is opened and nothing decrypted gets written.
        let export = try await runner.run(
            Command(
                "ansible-inventory", ["--inventory", tree.inventory.path, "--list", "--export"],
                environment: settings.environment().merging(["ANSIBLE_VARS_ENABLED": ""]) { $1 })
        ).requireSuccess("reading the inventory \(tree.inventory.path)", hint: "try ansible-inventory --list with it")
        try TransientInventory(subject: profile.subject, export: export.output, inventory: tree.inventory)
            .write(in: inventoryFolder, variablesFolder: tree.variablesFolder)
    }

    private func writeConnection() throws {
        let variables: JSONValue = .object([
            "ansible_connection": .string("ssh"),
            "ansible_host": .string(machine.address),
            "ansible_port": .integer(22),
            "ansible_user": .string(profile.size.user),
            "ansible_ssh_private_key_file": .string(machine.folder.identity.path),
            "ansible_ssh_common_args": .string(""),
            "ansible_ssh_extra_args": .string(""),
            "ansible_become_method": .string("sudo"),
            "ansible_python_interpreter": .string("/usr/bin/python3"),
        ])
        try Data(variables.json.utf8).write(to: connectionFile)
    }

    private func writeOverrides() async throws {
        let file = configuration.overrides.appending(path: "\(profile.subject).yml")
        let variables = try await YAMLFile(file, runner: runner, scratch: folder).variables()
        try Data(JSONValue.object(variables).json.utf8).write(to: overridesFile)
    }

    /// Runs the playbook.
    ///
    /// - Parameters:
    ///   - name: name of this run of it, for its logs.
    ///   - variables: the scenario's variables.
    /// - Returns: what it did.
    /// - Throws: ``PlayFailed`` when a task failed; ``HarnessTrouble`` when it touched another host or did not end;
    ///   ``RebootNotProven`` when the machine rebooted meanwhile.
    public func run(_ name: String, variables: [String: JSONValue] = [:]) async throws -> PlayRecap {
        var all = variables
        if let text = configuration.extraVariables {
            guard let extra = try? JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8)) else {
                throw ConfigurationError(
                    variable: "BOMA_IT_EXTRA_VARS", value: text, expected: "a JSON object, such as {\"name\": true}")
            }
            all.merge(extra) { $1 }
        }
        let scenario = folder.appending(path: "\(name).vars.json")
        try Data(JSONValue.object(all).json.utf8).write(to: scenario)
        let events = folder.appending(path: "\(name).events.jsonl")
        let result = try await Ansible(runner: runner, environment: settings.environment(events: events)).run(
            "ansible-playbook",
            inventoryArguments + ["--limit", profile.subject] + variableArguments(scenario: scenario)
                + [tree.playbook.path],
            limit: machine.limit(seconds: 900), isShownLive: true)
        if let log = result.log {
            try? FileManager.default.copyItem(at: log, to: folder.appending(path: "\(name).log"))
        }
        let text = (try? String(contentsOf: events, encoding: .utf8)) ?? ""
        guard let recap = try? PlayRecap(events: text) else {
            try result.requireSuccess("running \(profile.playbook) (\(name))")
            throw HarnessTrouble(
                "playbook \(profile.playbook)", why: "ran on no host", fix: "check that its plays name \(profile.subject)")
        }
        let others = recap.hosts.keys.filter { $0 != profile.subject }
        guard others.isEmpty else {
            throw HarnessTrouble(
                "playbook \(profile.playbook)", why: "ran tasks for \(others.sorted().joined(separator: ", "))",
                fix: "keep the run to \(profile.subject)")
        }
        guard let counts = recap.hosts[profile.subject] else {
            throw HarnessTrouble(
                "playbook \(profile.playbook)", why: "did nothing on \(profile.subject)",
                fix: "check the profile's playbook and the host's groups")
        }
        guard result.succeeded, counts.failures == 0, counts.unreachable == 0 else {
            throw PlayFailed(playbook: profile.playbook, name: name, tasks: recap.failedTasks, result: result)
        }
        try await machine.verifyNoUnaskedReboot(when: "during play '\(name)'")
        return recap
    }
}

/// A task of the playbook failed on the machine.
public struct PlayFailed: Error, CustomStringConvertible, Sendable {
    /// The playbook.
    public let playbook: String
    /// Name of this run of it.
    public let name: String
    /// Tasks that failed.
    public let tasks: [String]
    /// How Ansible ended.
    public let result: CommandResult

    /// The failed tasks, Ansible's last lines and its log.
    public var description: String {
        let tail = result.output.split(whereSeparator: \.isNewline).suffix(15).map { "    \(printable($0))" }
        return """
            play '\(name)' of \(playbook) failed in: \(tasks.isEmpty ? "(no task)" : tasks.joined(separator: ", "))
            \(tail.joined(separator: "\n"))
              full log: \(result.log?.path ?? "-")
            """
    }
}
