import Foundation

/// One execution of a suite or of one question: a session with the accelerator, the network and the golden image, made ready
/// once.
public struct Run: Sendable {
    /// The session.
    public let session: Session
    /// How guests run here.
    public let accelerator: Accelerator
    /// The image that machines are laid over.
    public let image: GoldenImage
    /// What plays are run from.
    public let sources: PlaySources
    /// What layers depend on beside the repository: the image, the harness and the host.
    let facts: [String: String]
    /// Checkpoints of subjects.
    package let layers: LayerStore
    /// Number of the user that libvirt runs QEMU as.
    let qemuUser: Int

    /// Settings.
    public var configuration: HarnessConfiguration { session.configuration }
    /// Its folder.
    public var directory: RunDirectory { session.directory }
    /// Who is told what is going on.
    public var log: EventLog { session.log }
    /// Its report.
    public var report: ReportRecorder { session.report }
    /// Shows what is going on.
    public var progress: LiveProgress { session.progress }
    /// The profile of the subject.
    public var profile: Profile { session.profile }

    /// Makes everything ready; the first run of a user also gets the golden image.
    ///
    /// - Parameter waits: whether to wait for a run that holds the host, instead of ending at once.
    /// - Throws: ``HarnessTrouble`` and other errors that name what is missing and the fix. Nothing is defined then.
    public static func start(_ configuration: HarnessConfiguration, waits: Bool = false) async throws -> Run {
        let bare = try SystemCommandRunner(
            logs: FileManager.default.temporaryDirectory.appending(path: "boma-it-\(UUID().uuidString)"),
            environment: configuration.toolEnvironment)
        defer { bare.removeLogs() }
        // Report a mistyped host before anything else is checked.
        try ProfileStore.require(configuration.subject, in: configuration.repository.profiles)
        try await checkProfile(configuration, runner: bare)
        let versions = try await Prerequisites(
            virsh: Virsh(runner: bare, uri: configuration.host.libvirtURI),
            path: configuration.toolEnvironment["PATH"] ?? ""
        ).check()
        try createSharedFolder(configuration.cache)
        let session = try await Session.open(
            configuration, Session.Opening(subject: configuration.subject, waits: waits))
        return try await session.report.recordingStart(session.log) {
            try await prepare(session, versions: versions)
        }
    }

    /// Reads the profile, so that a mistake in it is told also where no libvirt answers. Without Ansible that has to wait.
    private static func checkProfile(_ configuration: HarnessConfiguration, runner: SystemCommandRunner) async throws {
        let path = configuration.toolEnvironment["PATH"] ?? ""
        guard ["prlimit", "ansible-inventory"].allSatisfy({ ToolSearch.find($0, path: path) != nil }) else { return }
        let scratch = FileManager.default.temporaryDirectory.appending(path: "boma-it-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        _ = try await ProfileStore(configuration: configuration, runner: runner)
            .profile(configuration.subject, scratch: scratch)
    }

    private static func prepare(_ session: Session, versions: String) async throws -> Run {
        let (configuration, profile, log) = (session.configuration, session.profile, session.log)
        let (runner, virsh) = (session.runner, session.virsh)
        if configuration.certificates.tier != .internal, let certificates = profile.certificates {
            try await CertificateAuthority.check(certificates, configuration: configuration, runner: runner)
        }
        let sources = try await session.sources()
        async let rehearsal: Void = sources.rehearse()
        for playbook in profile.verify ?? [] { try await session.sources(of: playbook).rehearse() }
        await MachineRemoval(
            virsh: virsh, machines: MachineBuilder.machines(in: configuration), say: log.say
        ).reap()
        try await ResourceGuard(virsh: virsh, configuration: configuration).check(profile.size)
        let accelerator = try await AcceleratorProof(virsh: virsh, cache: configuration.cache, say: log.say)
            .accelerator(wanted: configuration.host.accelerator, versions: versions)
        session.progress.expect(
            UsualDurations(
                runs: configuration.runs, subject: configuration.subject, accelerator: accelerator.rawValue))
        let image = try await session.timed(.image, "golden image") {
            try await GoldenImageStore(configuration: configuration, runner: runner, say: log.say).ensure()
        }
        session.report.describe { facts in
            facts.accelerator = accelerator.rawValue
            facts.timeFactor = configuration.host.timeFactor ?? accelerator.timeFactor
            facts.image = RunEnvironment.Image(image)
            // This changes once an authority is asked.
            facts.certTier = profile.certificates == nil ? nil : CertTier.internal.rawValue
            facts.note(
                safety: sources.sandbox.isThere
                    ? "Ansible ran in a network namespace without any network."
                    : "Ansible had network: the control host gives this user no network namespaces.")
            facts.libvirt = Self.version("Using library:", in: versions)
            facts.qemu = Self.version("Running hypervisor:", in: versions)
            facts.kernel = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8).lines.first
            if image.provenance.source == "build" {
                facts.standIns = ["golden image built from a Debian mirror, in place of Debian's own cloud image"]
            }
        }
        log.say("golden image: \(image.file.lastPathComponent), source '\(image.provenance.source)'")
        try await rehearsal
        let ansible = await sources.ansibleVersion()
        session.report.describe { $0.ansible = ansible }
        try await IsolatedNetwork(virsh: virsh, runner: runner, subnet: configuration.host.subnet)
            .ensure(folder: session.folder)
        let layers = LayerStore(
            cache: configuration.cache, limitMiB: configuration.layers.limitMiB,
            runner: try SystemCommandRunner(
                logs: session.folder.appending(path: "layers"), environment: configuration.toolEnvironment),
            say: log.say)
        let builder = MachineBuilder(
            virsh: virsh, runner: runner, configuration: configuration, accelerator: accelerator, say: log.say)
        let facts = [
            "golden image": image.provenance.sha256, "harness": try builder.formula(profile),
            "libvirt and QEMU": versions, "host": try HostFacts.text(accelerator),
        ]
        return Run(
            session: session, accelerator: accelerator, image: image, sources: sources, facts: facts, layers: layers,
            qemuUser: try await builder.qemuUser())
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
            try await session.reportStandIns(of: scenario)
        }
        defer {
            let told = layers.history
            report.describe { $0.layer = RunEnvironment.Layer(used: told.used, misses: told.misses) }
        }
        return try await Stages(run: self, store: layers).subject(for: test, from: start)
    }

    /// Whether a converged machine of that scenario is kept in a layer; none is made.
    public func isKept(_ scenario: String) async throws -> Bool {
        try await Stages(run: self, store: layers).isKept(scenario)
    }

    /// Checks that the golden image is what it was: content, owner and mode.
    ///
    /// - Throws: ``ImageError`` when it isn't.
    public func verifyImageUntouched() async throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: image.file.path)
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        let digest = try await FileTools(runner: session.runner).sha256(of: image.file)
        guard mode == 0o444, attributes[.ownerAccountName] as? String == NSUserName(),
            digest == image.provenance.sha256
        else {
            throw ImageError(
                file: image.file,
                problem: "was changed by a machine (mode \(String(mode, radix: 8)), digest \(digest.prefix(12))…)",
                fix: "remove it; this is a bug of boma-it")
        }
    }
}
