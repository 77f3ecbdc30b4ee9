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
    /// The profile of the subject.
    public let profile: Profile
    private let lock: HostLock

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
            logs: folder.appending(path: "commands"), environment: configuration.toolEnvironment)
        let virsh = Virsh(runner: runner, uri: configuration.libvirtURI)
        log.say("run \(directory.id): \(directory.url.path)")
        let lock = try HostLock(run: directory.id)
        let profile = try await ProfileStore(configuration: configuration, runner: runner)
            .profile(configuration.subject, scratch: folder)
        _ = try AnsibleTree(configuration: configuration, playbook: profile.playbook)
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
            profile: profile, lock: lock)
    }

    /// Boots a machine that is the subject.
    ///
    /// - Parameter test: name of the test, for its folder.
    /// - Returns: the machine, booted and settled, with all that belongs to it. It is the caller's to end.
    public func subject(for test: String) async throws -> Subject {
        let folder = try directory.folder(for: test)
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "commands"), environment: configuration.toolEnvironment,
            show: { log.say("  | \($0)") })
        let virsh = Virsh(runner: runner, uri: configuration.libvirtURI)
        try await ResourceGuard(virsh: virsh, configuration: configuration).check(profile.size)
        let builder = MachineBuilder(
            virsh: virsh, runner: runner, configuration: configuration, accelerator: accelerator, say: log.say)
        let machine = try await builder.start(
            profile, over: image, console: folder.appending(path: "console.log"), run: directory.id)
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
