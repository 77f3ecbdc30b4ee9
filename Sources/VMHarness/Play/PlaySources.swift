import Foundation

/// What plays are run from: the repository, the transient inventory and the overrides. Prepared once for a run, before
/// any machine is there, so that bad input is found before anything has been started.
public struct PlaySources: Sendable {
    /// The profile of the subject.
    public let profile: Profile
    /// The repository.
    public let tree: AnsibleTree
    let configuration: HarnessConfiguration
    private let runner: any CommandRunner
    private let folder: URL
    let ansible: Ansible
    private let vaultPassword: VaultPassword
    /// Where Ansible runs; without network wherever this machine can have that.
    public let sandbox: NetworkSandbox
    private let versions = AnsibleVersions()
    private let inventory: TransientInventory
    private let overrides: [String: JSONValue]

    /// Generates the inventory and reads the overrides. Both stay in memory: they may hold secrets.
    ///
    /// - Parameter folder: for settings and scratch files.
    /// - Throws: ``HarnessTrouble`` naming the file and the fix when one can't be used.
    public init(
        _ profile: Profile, configuration: HarnessConfiguration, runner: any CommandRunner, folder: URL
    ) async throws {
        self.profile = profile
        self.configuration = configuration
        self.runner = runner
        self.folder = folder
        tree = try AnsibleTree(configuration: configuration, playbook: profile.playbook)
        // No connection is made from here.
        let settings = PlaySettings(
            folder: folder, configuration: configuration, tree: tree, sshConfig: URL(filePath: "/dev/null"))
        try settings.write()
        sandbox = try await NetworkSandbox.find(runner: runner)
        _ = try configuration.parsedExtraVariables()
        vaultPassword = try await VaultPassword(
            configuration.repository.vaultPasswordFile, environment: configuration.userEnvironment, runner: runner)
        ansible = Ansible(
            runner: runner, environment: settings.environment(), sandbox: sandbox, vaultPassword: vaultPassword.told)
        Redactor.shared.learn(configuration.secrets + vaultPassword.secrets)
        let export = try await ansible.run(
            "ansible-inventory", ["--inventory", tree.inventory.path, "--list", "--export"], limit: .seconds(120),
            readsVariableFiles: false
        ).requireSuccess(
            "reading the inventory \(tree.inventory.path)",
            hint:
                "try ansible-inventory --list with it; boma-it reads YAML, INI and TOML, but no scripts and no plug-ins"
        )
        inventory = try TransientInventory(
            subject: profile.subject, export: export.output, inventory: tree.inventory)
        let file = configuration.repository.overrides.appending(path: "\(profile.subject).yml")
        overrides = try await YAMLFile(file, runner: runner, scratch: folder).variables()
    }

    /// Lets Ansible read the whole playbook, so that a mistake in it is found before a machine is there. Nothing is run.
    ///
    /// - Throws: ``HarnessTrouble`` with Ansible's words when it can't be read, and when it is not about the subject alone.
    func rehearse() async throws {
        let inputs = folder.appending(path: "rehearsal")
        defer { try? FileManager.default.removeItem(at: inputs) }
        try write(in: inputs)
        let result = try await ansible.run(
            "ansible-playbook",
            inventoryArguments(in: inputs) + [
                "--extra-vars", "@\(overridesFile(in: inputs).path)", "--limit", profile.subject, "--list-hosts",
                tree.playbook.path,
            ], limit: .seconds(120)
        )
        if case .exited(1...) = result.ending {
            // The first line says what is wrong, the second where; the rest is advice.
            let lines = result.errorOutput.lines.drop { !$0.hasPrefix("ERROR") }.prefix(2)
            let words = lines.joined(separator: " ").replacingOccurrences(of: ", but may", with: "")
            throw HarnessTrouble(
                "playbook \(tree.playbook.path)", why: "Ansible can't read it: \(printable(words))",
                fix: (AnsibleRemedy.find(in: words) ?? "correct it")
                    + "; nothing was started, and Ansible's whole output is in \(result.log?.path ?? "its log")",
                blame: .playbook, runbook: .playFails)
        }
        let hosts = try result.requireSuccess("reading playbook \(tree.playbook.path)").output
        try ScopeCheck(subject: profile.subject, address: "").checkHosts(hosts)
    }

    /// Writes what Ansible reads, for this user only.
    ///
    /// - Parameter inputs: a folder that dies with the machine.
    func write(in inputs: URL) throws {
        try FileManager.default.createDirectory(
            at: inputs, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try inventory.write(in: inputs.appending(path: "inventory"), variablesFolder: tree.variablesFolder)
        try PrivateFile.write(Data(JSONValue.object(overrides).json.utf8), to: overridesFile(in: inputs))
    }

    func overridesFile(in inputs: URL) -> URL { inputs.appending(path: "overrides.json") }

    func inventoryArguments(in inputs: URL) -> [String] {
        ["--inventory", inputs.appending(path: "inventory/hosts.json").path]
            + vaultPassword.arguments
    }

    /// Version of Ansible, as `ansible --version` begins; `nil` when it can't be told.
    public func ansibleVersion() async -> String? {
        try? await versions.text(ansible).lines.first
    }

    /// The key of a layer that a play over this repository makes.
    ///
    /// - Parameters:
    ///   - stage: name of the stage.
    ///   - texts: what it depends on beside the repository, its settings and Ansible.
    public func layerKey(_ stage: String, texts: [String: String]) async throws -> LayerKey {
        var trees = tree.trees
        for (number, path) in (configuration.repository.rolesPath ?? "").split(separator: ":").enumerated() {
            trees["roles path \(number + 1)"] = URL(filePath: String(path))
        }
        let own = [
            "playbook": profile.playbook, "profile": String(decoding: try JSONCoding.line(profile), as: UTF8.self),
            "overrides": JSONValue.object(overrides).json, "inventory": JSONValue.object(inventory.groups).json,
            "extra variables": JSONValue.object(try configuration.parsedExtraVariables()).json,
            "ansible": try await versions.text(ansible),
        ]
        return try await LayerKey(
            subject: profile.subject, stage: stage, texts: own.merging(texts) { $1 }, trees: trees, scratch: folder,
            runner: runner)
    }
}

/// Versions of Ansible and its collections, asked once.
private actor AnsibleVersions {
    private var known: Task<String, any Error>?

    func text(_ ansible: Ansible) async throws -> String {
        if let known { return try await known.value }
        let task = Task {
            async let collections = ansible.run("ansible-galaxy", ["collection", "list"], limit: .seconds(60))
            let version = try await ansible.run("ansible", ["--version"], limit: .seconds(60))
                .requireSuccess("asking Ansible for its version").output
            return "\(version.lines.first ?? "")\n\(try await collections.output)"
        }
        known = task
        return try await task.value
    }
}
