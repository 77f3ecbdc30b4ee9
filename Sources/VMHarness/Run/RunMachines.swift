import Foundation

extension Run {
    /// Boots a machine over an image or a layer's disk.
    ///
    /// - Parameter layer: whether its memory is to be kept in one; it gets an address of its own then.
    func boot(_ name: String, over backing: URL, forLayer: Bool = false) async throws -> Subject {
        let taken = forLayer ? Set(layers.all().compactMap { MachineRecord.read(in: $0.folder)?.mac }) : nil
        return try await make(name) { builder, console in
            let machine = try await builder.start(
                profile, over: backing, console: console, run: directory.id, forLayerBeside: taken)
            return machine
        } ready: {
            try await $0.waitForFirstBoot()
            try await $0.proveIsolation()
            try await $0.refreshPackageLists()
        }
    }

    /// Restores a machine from a warm layer.
    func restore(_ name: String, from layer: Layer) async throws -> Subject {
        try await make(name) { builder, console in
            try await builder.restore(profile, from: layer, console: console, run: directory.id)
        } ready: {
            await $0.oweIsolationProof()
            // A host's own lists are about a day old; in a fresh layer they need no question.
            guard Date().timeIntervalSince(layer.record.created) > 86_400 else { return }
            try await $0.finishIsolationProof()
            try await $0.refreshPackageLists()
        }
    }

    private func make(
        _ name: String, start: (MachineBuilder, URL) async throws -> Machine, ready: (Machine) async throws -> Void
    ) async throws -> Subject {
        let folder = try directory.newFolder(for: name)
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "commands"), environment: configuration.toolEnvironment,
            show: { log.say("  | \($0)") })
        let virsh = Virsh(runner: runner, uri: configuration.host.libvirtURI, patience: Virsh.runPatience)
        try await ResourceGuard(virsh: virsh, configuration: configuration).check(profile.size)
        let builder = MachineBuilder(
            virsh: virsh, runner: runner, configuration: configuration, accelerator: accelerator, say: log.say)
        var isRetry = false
        while true {
            let machine = try await start(builder, folder.appending(path: "console.log"))
            let subject = Subject(session: session, machine: machine, runner: runner, folder: folder)
            do {
                try await ready(machine)
                await subject.noteIsolation()
                return subject
            } catch let fault as EmulatorFault where !isRetry {
                // Nothing was done to the machine yet: another one is as good.
                log.say("EMULATOR FAULT: \(fault)\nonce more, on a new machine")
                await machine.destroy()
                let console = folder.appending(path: "console.log")
                try? FileManager.default.moveItem(at: console, to: folder.appending(path: "console-emulator-fault.log"))
                isRetry = true
            } catch {
                await subject.end(.couldNotTell(Trouble(error)))
                throw error
            }
        }
    }
}
