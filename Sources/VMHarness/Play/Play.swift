import Foundation

/// Runs the repository's playbook against one machine and nothing else.
public struct Play: Sendable {
    private let sources: PlaySources
    private let machine: Machine
    private let runner: any CommandRunner
    private let folder: URL
    private let settings: PlaySettings

    private var profile: Profile { sources.profile }

    /// Proves the machine's isolation in this boot, writes the connection to it and checks the scope; nothing of the
    /// playbook is run yet.
    ///
    /// - Parameter folder: where settings and logs go.
    /// - Throws: ``HarnessTrouble`` when the machine can reach more than it must, or the scope is more than the machine.
    public init(_ sources: PlaySources, on machine: Machine, runner: any CommandRunner, folder: URL) async throws {
        await machine.beginProvingIsolation()
        self.sources = sources
        self.machine = machine
        self.runner = machine.watching(runner)
        self.folder = folder
        settings = PlaySettings(
            folder: folder, configuration: sources.configuration, tree: sources.tree,
            sshConfig: machine.folder.sshConfig, temporaries: machine.folder.url.appending(path: "ansible-tmp"))
        try settings.write()
        try sources.write(in: inputs)
        try await writeConnection()
        try await ScopeCheck(subject: sources.profile.subject, address: machine.address, port: await machine.sshPort)
            .verify(
                sources.ansible.with(settings.environment(), runner: runner),
                playbook: sources.tree.playbook,
                arguments: arguments(scenario: nil))
        try await machine.proveIsolation()
    }

    /// Files that may hold secrets: they die with the machine, and are no part of the run directory.
    private var inputs: URL { machine.folder.url.appending(path: "ansible") }
    private var connectionFile: URL { inputs.appending(path: "connection.json") }

    /// Later files win: overrides over production, a scenario over both, and the connection over everything.
    private func arguments(scenario: URL?) -> [String] {
        sources.inventoryArguments(in: inputs)
            + ([sources.overridesFile(in: inputs)] + [scenario].compactMap { $0 } + [connectionFile])
            .flatMap { ["--extra-vars", "@\($0.path)"] }
    }

    private func writeConnection() async throws {
        let variables = ConnectionVariables(
            address: machine.address, port: await machine.sshPort, user: profile.size.user,
            identity: machine.folder.identity,
            sshConfig: machine.folder.sshConfig)
        try Data(JSONValue.object(variables.all).json.utf8).write(to: connectionFile)
    }

    /// Runs the playbook. Its machine's isolation is proven anew before each run: a reload of the control host's firewall
    /// may have taken libvirt's rules away since the last one.
    ///
    /// - Parameters:
    ///   - name: name of this run of it, for its logs.
    ///   - variables: the scenario's variables.
    ///   - tags: the part of the playbook to run; all of it when empty.
    /// - Returns: what it did.
    /// - Throws: ``PlayFailed`` when a task failed; ``HarnessTrouble`` when it touched another host or did not end;
    ///   ``RebootNotProven`` when the machine rebooted meanwhile.
    public func run(_ name: String, variables: [String: JSONValue] = [:], tags: [String] = []) async throws
        -> PlayRecap
    {
        let all = variables.merging(try sources.configuration.parsedExtraVariables()) { $1 }
        let scenario = inputs.appending(path: "\(name).vars.json")
        try PrivateFile.write(Data(JSONValue.object(all).json.utf8), to: scenario)
        let events = folder.appending(path: "\(name).events.jsonl")
        // This also opens the shared connection, the sandbox's only way to the machine.
        try await machine.verifyNoUnaskedReboot(when: "before play '\(name)'")
        // An earlier play may have moved sshd.
        try await writeConnection()
        await machine.beginProvingIsolation()
        defer {
            settings.removeTemporaries()
            try? FileManager.default.removeItem(at: scenario)
        }
        try await checkVariables(scenario: scenario, variables: variables)
        try await machine.proveIsolation()
        // The proof is used up by this play, however it ends.
        await machine.noteIsolation(proven: false)
        let result = try await sources.ansible.with(
            settings.environment(events: events, subject: profile.subject), runner: runner
        ).run(
            "ansible-playbook",
            arguments(scenario: scenario) + ["--limit", profile.subject]
                + (tags.isEmpty ? [] : ["--tags", tags.joined(separator: ",")]) + [sources.tree.playbook.path],
            limit: machine.limit(.play), isShownLive: true)
        Redactor.shared.redact(file: events)
        if let log = result.log {
            try? FileManager.default.copyItem(at: log, to: folder.appending(path: "\(name).log"))
        }
        // Check this before Ansible's result: a machine that rebooted by itself explains an unreachable host.
        do {
            try await machine.ensureWayIn()
            try await machine.verifyNoUnaskedReboot(when: "during play '\(name)'")
        } catch let error where !(error is RebootNotProven) && !result.succeeded {
            // The machine does not answer; Ansible's result says that, too.
        }
        let text = (try? String(contentsOf: events, encoding: .utf8)) ?? ""
        try ScopeCheck(subject: profile.subject, address: machine.address).checkEvents(text)
        guard let recap = try? PlayRecap(events: text) else {
            try result.requireSuccess("running \(profile.playbook) (\(name))")
            throw HarnessTrouble(
                "playbook \(profile.playbook)", why: "ran on no host",
                fix: "let one of its plays name \(profile.subject)", blame: .playbook,
                runbook: .playFails)
        }
        let others = recap.hosts.keys.filter { $0 != profile.subject }
        guard others.isEmpty else {
            throw HarnessTrouble(
                "playbook \(profile.playbook)", why: "ran tasks for \(others.sorted().joined(separator: ", "))",
                fix: "let its plays name only \(profile.subject)", blame: .playbook, runbook: .playFails)
        }
        guard let counts = recap.hosts[profile.subject] else {
            throw HarnessTrouble(
                "playbook \(profile.playbook)", why: "did nothing on \(profile.subject)",
                fix: "check playbook in the profile, and the groups of the host", blame: .playbook, runbook: .playFails)
        }
        // Without its shared connection the sandbox has no way to the machine: that says nothing about the playbook.
        if counts.unreachable > 0, sources.sandbox.isThere, try await !machine.ssh.hasSharedConnection() {
            throw HarnessTrouble(
                "playbook \(profile.playbook)",
                why:
                    "lost its SSH connection to \(profile.subject), and Ansible's sandbox has no other way there",
                fix: "read the play's log for what ended it (sshd, the network), then run it again")
        }
        guard result.succeeded, counts.failures == 0, counts.unreachable == 0 else {
            throw PlayFailed(playbook: profile.playbook, name: name, tasks: failed(recap), result: result)
        }
        return recap
    }
}

extension Play {
    /// The failed tasks, with their place as a path in the repository.
    private func failed(_ recap: PlayRecap) -> [FailedTask] {
        recap.failedTasks.map { task in
            var task = task
            let root = sources.tree.root.path + "/"
            if let place = task.place, place.hasPrefix(root) { task.place = String(place.dropFirst(root.count)) }
            return task
        }
    }

    /// Safety invariant 2, on exactly what this play would get; its secrets are learned by the way.
    private func checkVariables(scenario: URL, variables: [String: JSONValue]) async throws {
        let (findings, secrets) = try await MergedVariables(
            subject: profile.subject, endpoints: profile.endpoints, vaulted: profile.vaulted ?? [], tree: sources.tree,
            roles: settings.rolesPath.split(separator: ":").map { URL(filePath: String($0)) }, folder: inputs
        ).look(
            sources.ansible.with(settings.environment(), runner: runner),
            arguments: arguments(scenario: scenario))
        Redactor.shared.learn(secrets)
        try EndpointCheck(
            subject: profile.subject, tree: sources.tree,
            overrides: sources.configuration.repository.overrides.appending(path: "\(profile.subject).yml"),
            extra: [
                ("BOMA_IT_EXTRA_VARS", try sources.configuration.parsedExtraVariables()),
                ("the profile's scenario", variables),
            ]
        ).judge(findings)
    }
}
