import Foundation
import VMHarness

/// What the commands do.
struct Commands {
    private let configuration: HarnessConfiguration
    private let runner: SystemCommandRunner
    private let virsh: Virsh
    private let removal: MachineRemoval

    init(root: URL) throws {
        configuration = try HarnessConfiguration(packageRoot: root)
        runner = try SystemCommandRunner(
            logs: FileManager.default.temporaryDirectory.appending(path: "boma-it-cli-\(UUID().uuidString)"),
            environment: configuration.toolEnvironment)
        virsh = Virsh(runner: runner, uri: configuration.libvirtURI)
        removal = MachineRemoval(virsh: virsh, machines: MachineBuilder.machines(in: configuration), say: Self.say)
    }

    private static let say: @Sendable (String) -> Void = { print($0) }

    func doctor() async throws {
        defer { runner.removeLogs() }
        let versions = try await Prerequisites(virsh: virsh, path: configuration.toolEnvironment["PATH"] ?? "").check()
        print(versions.trimmingCharacters(in: .whitespacesAndNewlines))
        try FileManager.default.createDirectory(at: configuration.cache, withIntermediateDirectories: true)
        _ = try await AcceleratorProof(virsh: virsh, cache: configuration.cache, say: Self.say)
            .accelerator(wanted: configuration.accelerator, versions: versions)
        try await ResourceGuard(virsh: virsh, configuration: configuration).check(Profile.Size())
        print("everything that a run needs is here")
    }

    func golden() async throws {
        defer { runner.removeLogs() }
        let image = try await GoldenImageStore(configuration: configuration, runner: runner, say: Self.say).ensure()
        print("\(image.file.path)\nsource: \(image.provenance.source) (\(image.provenance.origin))")
    }

    func status() {
        runner.removeLogs()
        let machines = removal.all()
        guard !machines.isEmpty else { return print("no machines") }
        for machine in machines {
            let state = machine.keptBecause == nil ? (machine.owner.isAlive ? "in use" : "left over") : "kept"
            print("\(machine.name)  \(state)  since \(machine.created.ISO8601Format())  run \(machine.run)")
            print("  enter with: boma-it ssh \(machine.name)   evidence: \(machine.evidence)")
        }
    }

    func ssh(_ name: String?) throws {
        runner.removeLogs()
        let machines = removal.all()
        guard let machine = name.map({ name in machines.first { $0.name == name } }) ?? machines.last else {
            throw HarnessTrouble(
                name.map { "machine \($0)" } ?? "machine", why: "there is none",
                fix: "boma-it status lists what there is")
        }
        let folder = MachineFolder(
            url: MachineBuilder.machines(in: configuration).appending(path: machine.name))
        try replaceProcess(with: ["ssh", "-F", folder.sshConfig.path, "-t", machine.subject])
    }

    func clean() async throws {
        defer { runner.removeLogs() }
        let removed = try await removal.removeAll()
        print(removed.isEmpty ? "no machines to remove" : "removed: \(removed.joined(separator: ", "))")
        let others = try await removal.markedDomains()
        guard others.isEmpty else {
            return print("still in use, so the network stays too: \(others.joined(separator: ", "))")
        }
        try await IsolatedNetwork(virsh: virsh, runner: runner, subnet: configuration.subnet).remove()
    }
}
