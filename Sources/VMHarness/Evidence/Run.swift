import Foundation

/// One execution of a suite: the host lock, the accelerator, the network and the golden image, made ready once.
public struct Run: Sendable {
    /// Settings.
    public let configuration: HarnessConfiguration
    /// Its folder.
    public let directory: RunDirectory
    /// Who is told what is going on.
    public let log: EventLog
    /// How guests run here.
    public let accelerator: Accelerator
    /// The image that machines are laid over.
    public let image: GoldenImage
    /// What plays are run from.
    public let sources: PlaySources
    private let lock: HostLock

    /// The profile of the subject.
    public var profile: Profile { sources.profile }

    /// Makes everything ready; the first run of a user also gets the golden image.
    ///
    /// - Throws: ``HarnessTrouble`` and other errors that name what is missing and the fix. Nothing is defined then.
    public static func start(_ configuration: HarnessConfiguration) async throws -> Run {
        let bare = try SystemCommandRunner(
            logs: FileManager.default.temporaryDirectory.appending(path: "boma-it-\(UUID().uuidString)"),
            environment: configuration.toolEnvironment)
        defer { bare.removeLogs() }
        let versions = try await Prerequisites(
            virsh: Virsh(runner: bare, uri: configuration.libvirtURI), path: configuration.toolEnvironment["PATH"] ?? ""
        ).check()
        try createSharedFolder(configuration.cache)

        let directory = try RunDirectory(in: configuration.runs, subject: configuration.subject)
        let log = EventLog(folder: directory.url)
        let folder = try directory.folder(for: "start")
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "commands"), environment: configuration.toolEnvironment,
            show: { log.say("  | \($0)") })
        let virsh = Virsh(runner: runner, uri: configuration.libvirtURI)
        log.say("run \(directory.id): \(directory.url.path)")
        let lock = try HostLock(run: directory.id)
        let profile = try await ProfileStore(configuration: configuration, runner: runner)
            .profile(configuration.subject, scratch: folder)
        let sources = try await PlaySources(
            profile, configuration: configuration, runner: runner, folder: folder.appending(path: "ansible"))
        await MachineRemoval(
            virsh: virsh, machines: MachineBuilder.machines(in: configuration), say: log.say
        ).reap()
        try await ResourceGuard(virsh: virsh, configuration: configuration).check(profile.size)
        let accelerator = try await AcceleratorProof(virsh: virsh, cache: configuration.cache, say: log.say)
            .accelerator(wanted: configuration.accelerator, versions: versions)
        let image = try await GoldenImageStore(configuration: configuration, runner: runner, say: log.say).ensure()
        log.say("golden image: \(image.file.lastPathComponent), source '\(image.provenance.source)'")
        try await IsolatedNetwork(virsh: virsh, runner: runner, subnet: configuration.subnet).ensure(folder: folder)
        return Run(
            configuration: configuration, directory: directory, log: log, accelerator: accelerator, image: image,
            sources: sources, lock: lock)
    }

    /// Boots a machine that is the subject.
    ///
    /// - Parameters:
    ///   - test: name of the test, for its folder.
    ///   - isCold: straight from the golden image, without a layer.
    /// - Returns: the machine, booted and settled, with all that belongs to it. It is the caller's to end.
    public func subject(for test: String, isCold: Bool = false) async throws -> Subject {
        let backing = isCold ? image.file : try await layer() ?? image.file
        return try await boot(test, over: backing)
    }

    /// The layer of the profile, made first when the store has none that fits; `nil` when there are to be none.
    private func layer() async throws -> URL? {
        guard configuration.usesLayers, let tags = profile.layer?.tags else { return nil }
        let folder = try directory.folder(for: "start")
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "layer"), environment: configuration.toolEnvironment)
        let store = LayerStore(cache: configuration.cache, runner: runner, say: log.say)
        let key = try await sources.layerKey(tags: tags, over: image)
        if let layer = try await store.layer(key) { return layer }

        log.say("layer: making one from the golden image (tags \(tags.joined(separator: ", ")))")
        let subject = try await boot("layer", over: image.file)
        do {
            _ = try await subject.play().run("layer", tags: tags)
            let overlay = try await subject.machine.seal()
            let machines = MachineRemoval(
                virsh: subject.machine.virsh, machines: MachineBuilder.machines(in: configuration), say: log.say)
            let layer = try await store.adopt(overlay, as: key) { file in
                machines.all().contains { $0.backing == file.path }
            }
            await subject.discard()
            return layer
        } catch {
            await subject.end(failure: "making the layer: \(error)")
            throw error
        }
    }

    private func boot(_ name: String, over backing: URL) async throws -> Subject {
        let folder = try directory.folder(for: name)
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "commands"), environment: configuration.toolEnvironment,
            show: { log.say("  | \($0)") })
        let virsh = Virsh(runner: runner, uri: configuration.libvirtURI)
        try await ResourceGuard(virsh: virsh, configuration: configuration).check(profile.size)
        let builder = MachineBuilder(
            virsh: virsh, runner: runner, configuration: configuration, accelerator: accelerator, say: log.say)
        let machine = try await builder.start(
            profile, over: backing, console: folder.appending(path: "console.log"), run: directory.id)
        let undo = Interruption.shared.add { await machine.destroy() }
        let subject = Subject(run: self, machine: machine, runner: runner, folder: folder, undo: undo)
        do {
            try await machine.waitForFirstBoot()
        } catch {
            await subject.end(failure: "\(error)")
            throw error
        }
        return subject
    }
}
