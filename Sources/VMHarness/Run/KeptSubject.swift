import Foundation

/// A machine of an earlier process, taken up again: plays and reboots with the checks of a run.
///
/// It holds the host's lock as a run does, writes a run directory of its own, and never destroys the machine.
public struct KeptSubject: Sendable {
    /// The machine.
    public let machine: Machine
    /// Who is told what is going on.
    public let log: EventLog
    /// Folder of what is done to it now.
    public let directory: RunDirectory
    private let profile: Profile
    private let configuration: HarnessConfiguration
    private let runner: any CommandRunner
    private let lock: HostLock

    /// Takes up a machine.
    ///
    /// - Throws: ``HarnessTrouble`` when it is not ours, does not run, or belongs to a run that goes on.
    public static func take(_ record: MachineRecord, configuration: HarnessConfiguration) async throws -> KeptSubject {
        let directory = try RunDirectory(in: configuration.runs, subject: record.subject)
        let log = try EventLog(folder: directory.url)
        let runner = try SystemCommandRunner(
            logs: directory.url.appending(path: "commands"), environment: configuration.toolEnvironment,
            show: { log.say("  | \($0)") })
        log.say("run \(directory.id): \(directory.url.path)")
        do {
            let lock = try HostLock(run: directory.id)
            let machine = try await Machine.attach(
                to: record, in: MachineBuilder.machines(in: configuration),
                virsh: Virsh(runner: runner, uri: configuration.libvirtURI, patience: Virsh.runPatience),
                runner: runner,
                timeFactor: configuration.timeFactor, say: log.say)
            let profile = try await ProfileStore(configuration: configuration, runner: runner)
                .profile(ofSubject: record.subject, scratch: directory.url)
            return KeptSubject(
                machine: machine, log: log, directory: directory, profile: profile, configuration: configuration,
                runner: runner, lock: lock)
        } catch {
            // Nothing was done to the machine, so there is nothing to read about.
            try? FileManager.default.removeItem(at: directory.url)
            throw error
        }
    }

    /// Runs the playbook against the machine, after checking that nothing else is in its scope.
    ///
    /// - Parameters:
    ///   - scenario: name of the profile's variables; none when `nil`.
    ///   - tags: part of the playbook; all of it when empty.
    public func play(scenario: String?, tags: [String]) async throws -> PlayRecap {
        let variables = try scenario.map(profile.scenario) ?? [:]
        let sources = try await PlaySources(
            profile, configuration: configuration, runner: runner, folder: try directory.folder(for: "ansible"))
        let play = try await Play(
            sources, on: machine, runner: runner, folder: try directory.folder(for: "play/ansible"))
        return try await play.run("play", variables: variables, tags: tags)
    }

    /// Looks at the subject from outside and inside, as it is now.
    public func observe(_ moment: String) async throws -> Observation {
        told(moment, try await observer.observe(waits: false))
    }

    /// The same, once the services had the time that they get after a boot.
    public func observeSettled(_ moment: String) async throws -> Observation {
        // A service that does not come back is the observation's verdict, not a trouble of ours.
        told(moment, try await observer.observeSettled(say: log.say))
    }

    /// The machine's state, and which of its ports answer from outside.
    ///
    /// - Parameters:
    ///   - earlier: one whose ports are asked again, whether something listens on them or not.
    ///   - isSettling: whether these get the time to come up again.
    public func snapshot(asking earlier: SavedSnapshot? = nil, isSettling: Bool = false) async throws -> SavedSnapshot {
        if isSettling, let earlier {
            _ = try await PortQuestions(machine, runner: runner).askUntilAllAnswer(
                earlier.outside.filter(\.value.ok).map(\.key), say: log.say)
        }
        let state = try await StateSnapshotter(machine).take()
        let ports = Set(state.listeningPorts.keys).union(earlier?.outside.keys.map { $0 } ?? [])
        return SavedSnapshot(
            taken: Date(), state: state,
            outside: try await PortQuestions(machine, runner: runner).ask(Array(ports)))
    }

    /// Collects evidence as after a failure, into the run directory.
    ///
    /// - Returns: the folder, and what could not be collected.
    public func evidence() async -> (folder: URL, gaps: [String]) {
        let folder = directory.url.appending(path: "evidence")
        let image = QcowHeader.root(of: machine.folder.overlay)
        let gaps = await EvidenceCollector(
            machine, folder: folder, runner: runner, golden: image, budget: configuration.evidenceBudget
        ).collect()
        return (folder, gaps)
    }

    private var observer: Observer { Observer(profile, on: machine, runner: runner) }

    private func told(_ moment: String, _ seen: Observation) -> Observation {
        log.say("\(moment): \(seen.summary)")
        return seen
    }
}

extension ProfileStore {
    /// The profile that is about a host: usually the one of its name.
    func profile(ofSubject subject: String, scratch: URL) async throws -> Profile {
        let usual = [configuration.subject, subject].filter(names().contains)
        for name in usual + names().filter({ !usual.contains($0) }) {
            if let profile = try? await profile(name, scratch: scratch), profile.subject == subject { return profile }
        }
        // Says what is wrong with the one that should have been it.
        return try await profile(subject, scratch: scratch)
    }
}
