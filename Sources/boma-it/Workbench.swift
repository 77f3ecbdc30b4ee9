import Foundation
import VMHarness

/// What commands work with: the settings, libvirt and the machines of this user.
struct Workbench: Sendable {
    var configuration: HarnessConfiguration
    let runner: SystemCommandRunner
    let virsh: Virsh
    let removal: MachineRemoval

    /// Reads the settings.
    init() throws {
        configuration = try HarnessConfiguration(packageRoot: HarnessConfiguration.nearestPackageRoot())
        runner = try SystemCommandRunner(
            logs: FileManager.default.temporaryDirectory.appending(path: "boma-it-cli-\(UUID().uuidString)"),
            environment: configuration.toolEnvironment, show: { Terminal.note("  | \($0)") })
        virsh = Virsh(runner: runner, uri: configuration.host.libvirtURI)
        removal = MachineRemoval(
            virsh: virsh, machines: MachineBuilder.machines(in: configuration), say: Terminal.note)
    }

    /// Does work and removes the logs of its tools, which nobody will read unless one of them failed.
    static func with<Result>(_ work: (Workbench) async throws -> Result) async throws -> Result {
        let bench = try Workbench()
        do {
            let result = try await work(bench)
            bench.runner.removeLogs()
            return result
        } catch {
            if !(error is CommandError || error is NoImageError) { bench.runner.removeLogs() }
            throw error
        }
    }

    /// Does work that Ctrl-C ends together with its tools: they lead process groups of their own, so the terminal's
    /// signal does not reach them.
    static func interruptibly<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await work() }
        let number = Interruption.shared.add {
            task.cancel()
            _ = await task.result
        }
        defer { Interruption.shared.remove(number) }
        return try await task.value
    }

    /// Folder of this user's machines.
    var machines: URL { MachineBuilder.machines(in: configuration) }

    /// The machine that is meant.
    func machine(_ name: String?) throws -> MachineRecord {
        try MachineChoice.find(name, among: removal.all())
    }
}
