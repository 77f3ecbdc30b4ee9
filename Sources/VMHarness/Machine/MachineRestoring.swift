import Foundation

extension MachineBuilder {
    /// Restores a machine from a warm layer: the saved guest on a new overlay, with a new identity.
    ///
    /// The domain has the saved one's name, card and address again, so there can be one at a time.
    /// - Parameters:
    ///   - console: file that gets the serial console.
    ///   - run: id of the run.
    /// - Throws: ``MachineInTheWay`` when a machine of that layer is still there; ``LayerFault`` when the guest can't be
    ///   restored or given a new identity; whatever else is wrong with the host. Nothing stays defined or on disk then.
    public func restore(_ profile: Profile, from layer: Layer, console: URL, run: String) async throws -> Machine {
        try await restoring(profile, from: layer, console: console, run: run) { machine in
            try await Self.blamingLayer {
                try await loadMemory(of: machine, from: layer)
                try await renewIdentity(of: machine, from: layer, user: profile.size.user)
            }
        }
    }

    /// Of what goes wrong while a saved guest is put to work, only what a tool answered may be the layer's fault.
    static func blamingLayer(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as CommandError where !isHostsFault(error.result.errorOutput) {
            throw LayerFault(problem: "\(error)", isCertain: false)
        } catch let trouble as HarnessTrouble where WatchedRunner.isEnd(trouble) {
            throw LayerFault(problem: "\(trouble)", isCertain: false)
        }
    }

    /// What libvirt and QEMU say when the host can't give what a guest needs, or libvirt is away.
    private static func isHostsFault(_ words: String) -> Bool {
        [
            "cannot allocate memory", "cannot set up guest memory", "no space left on device", "is not active",
            "failed to connect to the hypervisor", "end of file while reading data", "cannot recv data",
            "client socket is closed", "disconnected from",
        ].contains(where: words.lowercased().contains)
    }

    /// Makes everything that the saved guest needs, and lets `steps` restore it.
    package func restoring(
        _ profile: Profile, from layer: Layer, console: URL, run: String, steps: (Machine) async throws -> Void
    ) async throws -> Machine {
        guard let saved = MachineRecord.read(in: layer.folder) else {
            throw LayerFault(
                problem: "layer \(layer.record.key.prefix(12)) has no \(MachineRecord.fileName) that can be read",
                isCertain: true)
        }
        var record = saved
        record.run = run
        record.owner = .current
        record.created = Date()
        record.backing = layer.disk.path
        record.evidence = console.deletingLastPathComponent().path
        guard try await !cardsInUse().contains(record.mac) else { throw MachineInTheWay(name: record.name) }
        return try await making(record) { [record] machine in
            let folder = machine.folder
            let qemu = try await qemuUser()
            try await makeKeys(record, in: folder)
            try await DiskTools(runner: runner).createOverlay(
                folder.overlay, over: layer.disk, gibibytes: profile.size.diskGiB)
            for part in [\MachineFolder.nvram, \.seed] {
                try FileManager.default.copyItem(at: layer.saved[keyPath: part], to: folder[keyPath: part])
            }
            try await handOver(folder, toUser: qemu)
            try writeSSHConfig(record, in: folder, user: profile.size.user)
            try Data().write(to: console)
            let definition = try String(contentsOf: layer.saved.definition, encoding: .utf8)
                .replacingOccurrences(of: "\(saved.evidence)/console.log", with: console.path)
            // The saved mark names an owner that is gone: with it, anybody's reaper would remove the restored machine.
            try DomainMark(record, folder: folder.url).replacing(in: definition)
                .write(to: folder.definition, atomically: true, encoding: .utf8)
            try await steps(machine)
        }
    }

    /// Lets the saved guest run on. It is still the saved one: keys, machine id and clock are as they were.
    package func loadMemory(of machine: Machine, from layer: Layer) async throws {
        try await virsh.run(
            ["restore", layer.memory.path, "--xml", machine.folder.definition.path], limit: .seconds(300)
        ).requireSuccess("restoring \(machine.folder.url.lastPathComponent)")
    }

    /// Gives the restored guest another identity than the saved one, over the first connection with the saved keys; that
    /// connection is shared from then on.
    private func renewIdentity(of machine: Machine, from layer: Layer, user: String) async throws {
        func text(_ file: URL) throws -> String {
            try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines)
        }
        var variables = [
            "now": "\(Int(Date().timeIntervalSince1970))", "login": user,
            "old_key": try text(layer.saved.publicIdentity), "new_key": try text(machine.folder.publicIdentity),
            "host_key_types": Seed.HostKey.types.joined(separator: " "),
        ]
        for type in Seed.HostKey.types {
            variables["host_key_\(type)"] = try text(machine.folder.hostKey(type))
            variables["host_key_\(type)_pub"] = try text(machine.folder.publicHostKey(type))
            try FileManager.default.removeItem(at: machine.folder.hostKey(type))
        }
        let settings = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\(shellQuoted($0.value))\n" }.joined()
        let script = String(decoding: PackageResources.renew_identity_sh, as: UTF8.self)
        let start = Deadline(after: .zero)
        let answer = try await machine.ssh.runAsRoot(
            settings + script, limit: machine.limit(.identity),
            overrides: [
                SSHConfig.setting("IdentityFile", layer.saved.identity.path),
                SSHConfig.setting("UserKnownHostsFile", layer.saved.knownHosts.path),
            ]
        ).requireSuccess("giving the restored \(machine.folder.url.lastPathComponent) an identity of its own")
        let lines = answer.output.lines
        guard lines.count == 2, let boot = UUID(uuidString: lines[1]) else {
            throw LayerFault(
                problem: "the machine restored from layer \(layer.record.key.prefix(12)) gave no answer; see "
                    + "\(answer.log?.path ?? "the run directory")", isCertain: false)
        }
        // The boots that its journal held when it was saved: the next look at the journal must agree.
        let history = try BootHistory.read(from: layer.folder)
        guard boot == history.current else {
            throw LayerFault(
                problem:
                    "the machine restored from layer \(layer.record.key.prefix(12)) runs another boot (\(boot)) than "
                    + "the saved one (\(history.current))", isCertain: true)
        }
        await machine.resume(history: history)
        say("machine: restored, with machine id \(lines[0]), after \(start.elapsed.forPeople) at its first login")
    }
}

/// A machine that was kept has the name and address that a restored one would have.
public struct MachineInTheWay: BlamedError, CustomStringConvertible, Sendable {
    /// Its name.
    public let name: String

    /// Ours.
    public var blame: Blame { .harness }

    /// Which one, and how to get rid of it.
    public var description: String {
        "machine \(name) was kept, and another from the same memory can't run beside it; "
            + "fix: boma-it clean removes it"
    }
}
