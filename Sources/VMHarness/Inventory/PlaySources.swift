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
    private let ansible: Ansible
    /// Where Ansible runs; without network wherever this machine can have that.
    public let sandbox: NetworkSandbox
    private let versions = AnsibleVersions()

    /// Generates the inventory and reads the overrides.
    ///
    /// - Parameter folder: where both go.
    /// - Throws: ``HarnessTrouble`` naming the file and the fix when one can't be used.
    public init(
        _ profile: Profile, configuration: HarnessConfiguration, runner: any CommandRunner, folder: URL
    ) async throws {
        self.profile = profile
        self.configuration = configuration
        self.runner = runner
        self.folder = folder
        tree = try AnsibleTree(configuration: configuration, playbook: profile.playbook)
        // Nothing is connected to from here.
        let settings = PlaySettings(
            folder: folder, configuration: configuration, tree: tree, sshConfig: URL(filePath: "/dev/null"))
        try settings.write()
        sandbox = try await NetworkSandbox.find(runner: runner)
        ansible = Ansible(runner: runner, environment: settings.environment(), sandbox: sandbox)
        _ = try configuration.parsedExtraVariables()
        try await writeInventory()
        try await writeOverrides()
    }

    private var inventoryFolder: URL { folder.appending(path: "inventory") }
    var overridesFile: URL { folder.appending(path: "overrides.json") }

    var inventoryArguments: [String] {
        ["--inventory", inventoryFolder.appending(path: "hosts.json").path]
            + (configuration.vaultPasswordFile.map { ["--vault-password-file", $0.path] } ?? [])
    }

    private func writeInventory() async throws {
        let export = try await ansible.run(
            "ansible-inventory", ["--inventory", tree.inventory.path, "--list", "--export"], limit: .seconds(120),
            readsVariableFiles: false
        ).requireSuccess(
            "reading the inventory \(tree.inventory.path)",
            hint: "files in YAML, INI or TOML are read; scripts and plug-ins that ask elsewhere are not")
        try TransientInventory(subject: profile.subject, export: export.output, inventory: tree.inventory)
            .write(in: inventoryFolder, variablesFolder: tree.variablesFolder)
    }

    private func writeOverrides() async throws {
        let file = configuration.overrides.appending(path: "\(profile.subject).yml")
        let variables = try await YAMLFile(file, runner: runner, scratch: folder).variables()
        FileManager.default.createFile(overridesFile, Data(JSONValue.object(variables).json.utf8))
    }

    /// The key of a layer that a play over this repository makes.
    ///
    /// - Parameters:
    ///   - stage: name of the stage.
    ///   - texts: what it depends on beside the repository, its settings and Ansible.
    public func layerKey(_ stage: String, texts: [String: String]) async throws -> LayerKey {
        func text(_ file: URL) -> String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var trees = ["repository": tree.root]
        for (number, path) in (configuration.rolesPath ?? "").split(separator: ":").enumerated() {
            trees["roles path \(number + 1)"] = URL(filePath: String(path))
        }
        let own = [
            "playbook": profile.playbook, "profile": String(decoding: try encoder.encode(profile), as: UTF8.self),
            "overrides": text(overridesFile), "inventory": text(inventoryFolder.appending(path: "hosts.json")),
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
