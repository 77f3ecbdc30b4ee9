import Foundation

/// What every command that works with machines has open: the host's lock, a run directory with log and report, and the profile
/// of one host.
public struct Session: Sendable {
    /// Settings.
    public let configuration: HarnessConfiguration
    /// Its folder.
    public let directory: RunDirectory
    /// Who is told what is going on.
    public let log: EventLog
    /// Its report, written anew after every test.
    public let report: ReportRecorder
    /// Shows what is going on.
    public let progress: LiveProgress
    /// Runs tools for the session and no machine in particular.
    let runner: any CommandRunner
    /// Folder of what belongs to no machine.
    let folder: URL
    /// The profile of the subject.
    public let profile: Profile
    private let once: SourcesOnce
    private let lock: HostLock

    /// What a session is about, and how it gets there.
    public struct Opening: Sendable {
        /// Name of the profile, or of the inventory host where it is about a machine that is there.
        public var subject: String
        /// Whether to wait for a run that holds the host, instead of ending at once.
        public var waits: Bool
        /// Whether the profile is the one of an inventory host, whatever its file is called.
        public var isByHost: Bool

        /// A session about a profile.
        public init(subject: String, waits: Bool = false, isByHost: Bool = false) {
            self.subject = subject
            self.waits = waits
            self.isByHost = isByHost
        }
    }

    /// Opens a session. A mistyped host ends it before anything is taken or made.
    ///
    /// - Throws: ``HarnessTrouble`` and other errors that name what is missing and the fix. What comes after the run directory
    ///   was made is in its report, too.
    static func open(_ configuration: HarnessConfiguration, _ opening: Opening) async throws -> Session {
        if !opening.isByHost { try ProfileStore.require(opening.subject, in: configuration.repository.profiles) }
        let lock = try await takeHost(opening.waits)
        let directory = try RunDirectory(in: configuration.runs, subject: opening.subject)
        lock.note(run: directory.id)
        let log = try EventLog(folder: directory.url)
        let report = ReportRecorder(
            run: directory.id, folder: directory.url, subject: opening.subject, say: log.say)
        log.say("run \(directory.id): \(directory.url.path)")
        return try await report.recordingStart(log) {
            let folder = try directory.folder(for: "start")
            let runner = try SystemCommandRunner(
                logs: folder.appending(path: "commands"), environment: configuration.toolEnvironment,
                show: { log.say("  | \($0)") })
            let store = ProfileStore(configuration: configuration, runner: runner)
            let profile =
                try await opening.isByHost
                ? store.profile(ofSubject: opening.subject, scratch: folder)
                : store.profile(opening.subject, scratch: folder)
            return Session(
                configuration: configuration, directory: directory, log: log, report: report,
                progress: LiveProgress(log),
                runner: runner, folder: folder, profile: profile, once: SourcesOnce(), lock: lock)
        }
    }

    private static func takeHost(_ waits: Bool) async throws -> HostLock {
        guard waits else { return try HostLock() }
        return try await HostLock.wait { text in
            try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
        }
    }

    /// libvirt, asked as patiently as a run does.
    var virsh: Virsh { Virsh(runner: runner, uri: configuration.host.libvirtURI, patience: Virsh.runPatience) }

    /// What plays are run from; read once, when first asked for.
    ///
    /// - Throws: ``HarnessTrouble`` naming the file and the fix when one can't be used.
    public func sources() async throws -> PlaySources {
        try await once.sources {
            try await PlaySources(
                profile, configuration: configuration, runner: runner, folder: folder.appending(path: "ansible"))
        }
    }

    /// The same for another playbook of the repository.
    func sources(of playbook: String) async throws -> PlaySources {
        var other = profile
        other.playbook = playbook
        let name = playbook.replacingOccurrences(of: "/", with: "-")
        return try await PlaySources(
            other, configuration: configuration, runner: runner, folder: folder.appending(path: "ansible-\(name)"))
    }

    /// Does work that belongs to no test: shown while it goes on, and in the report's timeline.
    public func timed<Value: Sendable>(
        _ kind: TimelineSpan.Kind, _ name: String, isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws -> Value
    ) async throws -> Value {
        let step = progress.begin(kind, name)
        defer { progress.end(step) }
        return try await report.timeline.measure(kind, name) { try await progress.watching(work) }
    }

    /// Finishes the report of a session that asked nothing about the host.
    public func finish(_ what: String) {
        report.finish()
        log.say("done: \(what)")
    }

    /// Finishes the report of a session that asked one question, with its answer.
    ///
    /// - Parameter name: what was done, such as `reboot`.
    public func finish(_ name: String, _ verdict: Verdict) {
        report.add(
            TestReport(
                name: name, className: "Machine", started: report.report.started,
                duration: Date().timeIntervalSince(report.report.started), outcome: TestOutcome(verdict),
                verdict: verdict))
        finish(verdict.sentence(about: profile.subject))
    }

    /// Takes up a machine that an earlier process has left, to work in it. It is never destroyed.
    ///
    /// - Throws: ``HarnessTrouble`` when it is not ours, does not run, or belongs to a run that goes on. Nothing is left of the
    ///   session then.
    public static func take(_ record: MachineRecord, configuration: HarnessConfiguration) async throws -> Subject {
        let session = try await open(configuration, Opening(subject: record.subject, isByHost: true))
        do {
            let machine = try await Machine.attach(
                to: record, in: MachineBuilder.machines(in: configuration), virsh: session.virsh,
                runner: session.runner,
                timeFactor: configuration.host.timeFactor, say: session.log.say)
            return Subject(
                session: session, machine: machine, runner: session.runner,
                folder: try session.directory.folder(for: "machine"))
        } catch {
            // Nothing was done to the machine: its folder would be empty.
            try? FileManager.default.removeItem(at: session.directory.url)
            throw error
        }
    }
}

/// Reads the repository once for all who ask.
private actor SourcesOnce {
    private var known: Task<PlaySources, any Error>?

    func sources(_ read: @escaping @Sendable () async throws -> PlaySources) async throws -> PlaySources {
        if let known { return try await known.value }
        let task = Task { try await read() }
        known = task
        return try await task.value
    }
}
