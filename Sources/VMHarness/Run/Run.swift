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
    /// Its report, written anew after every test.
    public let report: ReportRecorder
    /// Shows what is going on.
    public let progress: LiveProgress
    /// What layers depend on beside the repository: the image, the harness and the host.
    let facts: [String: String]
    /// Checkpoints of subjects.
    package let layers: LayerStore
    /// Number of the user that libvirt runs QEMU as.
    let qemuUser: Int
    /// For what is done for the run and no machine in particular.
    let runner: any CommandRunner
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
        let report = ReportRecorder(
            run: directory.id, folder: directory.url, subject: configuration.subject, say: log.say)
        log.say("run \(directory.id): \(directory.url.path)")
        do {
            return try await prepare(configuration, versions: versions, directory: directory, log: log, report: report)
        } catch let error where !(error is CancellationError) {
            report.addFailedStart(error)
            log.say("report: \(report.page.path)")
            throw error
        }
    }

    private static func prepare(
        _ configuration: HarnessConfiguration, versions: String, directory: RunDirectory, log: EventLog,
        report: ReportRecorder
    ) async throws -> Run {
        let folder = try directory.folder(for: "start")
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "commands"), environment: configuration.toolEnvironment,
            show: { log.say("  | \($0)") })
        let virsh = Virsh(runner: runner, uri: configuration.libvirtURI, patience: Virsh.runPatience)
        let lock = try HostLock(run: directory.id)
        let profile = try await ProfileStore(configuration: configuration, runner: runner)
            .profile(configuration.subject, scratch: folder)
        if configuration.certs != .internal, let certificates = profile.certificates {
            try await CertificateAuthority.check(certificates, configuration: configuration, runner: runner)
        }
        let sources = try await PlaySources(
            profile, configuration: configuration, runner: runner, folder: folder.appending(path: "ansible"))
        async let rehearsal: Void = sources.rehearse()
        await MachineRemoval(
            virsh: virsh, machines: MachineBuilder.machines(in: configuration), say: log.say
        ).reap()
        try await ResourceGuard(virsh: virsh, configuration: configuration).check(profile.size)
        let accelerator = try await AcceleratorProof(virsh: virsh, cache: configuration.cache, say: log.say)
            .accelerator(wanted: configuration.accelerator, versions: versions)
        let image = try await report.timeline.measure(.image, "golden image") {
            try await GoldenImageStore(configuration: configuration, runner: runner, say: log.say).ensure()
        }
        report.describe { facts in
            facts.accelerator = accelerator.rawValue
            facts.timeFactor = configuration.timeFactor ?? accelerator.timeFactor
            facts.image = RunEnvironment.Image(image)
            // Until somebody asks an authority.
            facts.certTier = profile.certificates == nil ? nil : CertTier.internal.rawValue
            facts.note(
                safety: sources.sandbox.isThere
                    ? "Ansible's controller ran in a network namespace without any network."
                    : "Ansible's controller had network: this machine gives the user no network namespaces.")
            facts.libvirt = Self.version("Using library:", in: versions)
            facts.qemu = Self.version("Running hypervisor:", in: versions)
            facts.kernel = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8).lines.first
            if image.provenance.source == "build" {
                facts.standIns = ["golden image built from a Debian mirror, in place of Debian's own cloud image"]
            }
        }
        log.say("golden image: \(image.file.lastPathComponent), source '\(image.provenance.source)'")
        try await rehearsal
        try await IsolatedNetwork(virsh: virsh, runner: runner, subnet: configuration.subnet).ensure(folder: folder)
        let layers = LayerStore(
            cache: configuration.cache, limitMiB: configuration.layersMiB,
            runner: try SystemCommandRunner(
                logs: folder.appending(path: "layers"), environment: configuration.toolEnvironment),
            say: log.say)
        let builder = MachineBuilder(
            virsh: virsh, runner: runner, configuration: configuration, accelerator: accelerator, say: log.say)
        let facts = [
            "golden image": image.provenance.sha256, "harness": try builder.formula(profile),
            "libvirt and QEMU": versions, "host": try HostFacts.text(accelerator),
        ]
        return Run(
            configuration: configuration, directory: directory, log: log, accelerator: accelerator, image: image,
            sources: sources, report: report,
            progress: LiveProgress(
                log,
                usual: UsualDurations(
                    runs: configuration.runs, subject: configuration.subject, accelerator: accelerator.rawValue)),
            facts: facts, layers: layers, qemuUser: try await builder.qemuUser(),
            runner: runner, lock: lock)
    }

    /// Does work that belongs to no test: shown while it goes on, and in the report's timeline.
    public func timed<Value>(
        _ kind: TimelineSpan.Kind, _ name: String, isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws -> Value
    ) async throws -> Value {
        let step = progress.begin(kind, name)
        defer { progress.end(step) }
        return try await report.timeline.measure(kind, name) { try await progress.watching(work) }
    }

    /// The number at the end of a line of `virsh version`.
    private static func version(_ label: String, in text: String) -> String? {
        text.lines.first { $0.hasPrefix(label) }?.split(separator: " ").last.map(String.init)
    }

    /// A machine that is the subject, restored from a layer's memory where that is sound, and booted where not.
    ///
    /// - Parameters:
    ///   - test: name of the test, for its folder.
    ///   - start: what has to have happened to it.
    /// - Returns: the machine, settled, with all that belongs to it. It is the caller's to end.
    public func subject(for test: String, from start: Start) async throws -> Subject {
        if case .converged(let scenario) = start {
            try await reportStandIns(of: scenario)
        }
        defer {
            let told = layers.history
            report.describe { $0.layer = RunEnvironment.Layer(used: told.used, misses: told.misses) }
        }
        return try await Stages(run: self, store: layers).subject(for: test, from: start)
    }

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
        }
    }

    /// Restores a machine from a warm layer.
    func restore(_ name: String, from layer: Layer) async throws -> Subject {
        try await make(name) { builder, console in
            try await builder.restore(profile, from: layer, console: console, run: directory.id)
        } ready: {
            await $0.oweIsolationProof()
        }
    }

    private func make(
        _ name: String, start: (MachineBuilder, URL) async throws -> Machine, ready: (Machine) async throws -> Void
    ) async throws -> Subject {
        let folder = try directory.newFolder(for: name)
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "commands"), environment: configuration.toolEnvironment,
            show: { log.say("  | \($0)") })
        let virsh = Virsh(runner: runner, uri: configuration.libvirtURI, patience: Virsh.runPatience)
        try await ResourceGuard(virsh: virsh, configuration: configuration).check(profile.size)
        let builder = MachineBuilder(
            virsh: virsh, runner: runner, configuration: configuration, accelerator: accelerator, say: log.say)
        var isRetry = false
        while true {
            let machine = try await start(builder, folder.appending(path: "console.log"))
            let subject = Subject(run: self, machine: machine, runner: runner, folder: folder)
            do {
                try await ready(machine)
                await subject.noteIsolation()
                return subject
            } catch let fault as EmulatorFault where !isRetry {
                // Nothing has been done to the machine yet, so another one is as good.
                log.say("EMULATOR FAULT: \(fault)\nonce more, on a new machine")
                await machine.destroy()
                let console = folder.appending(path: "console.log")
                try? FileManager.default.moveItem(at: console, to: folder.appending(path: "console-emulator-fault.log"))
                isRetry = true
            } catch {
                await subject.end(failure: "\(error)")
                throw error
            }
        }
    }
}
