import Foundation

/// One running virtual machine.
public actor Machine {
    /// What is known about it.
    public private(set) var record: MachineRecord
    /// Its folder on the control host.
    public nonisolated let folder: MachineFolder
    /// Address in the test network.
    public nonisolated let address: String
    /// Name of its domain.
    package nonisolated let domain: String
    /// How its instructions are run.
    public nonisolated let accelerator: Accelerator
    /// What work in it is slower by than on a fast host.
    nonisolated let timeFactor: Double
    nonisolated let virsh: Virsh
    /// Runs commands in the guest.
    public nonisolated let ssh: SSHClient
    let say: @Sendable (String) -> Void
    var history: BootHistory?
    /// When a command first ran in the guest; `nil` before. For measuring.
    package private(set) var firstLogin: ContinuousClock.Instant?
    private var isDestroyed = false
    /// Whether the isolation has been proven since the last play and in this boot; see ``proveIsolation()``.
    package private(set) var isIsolationProven = false
    /// Whether the first proof has been put off.
    var owesIsolationProof = false
    /// The proof of the isolation while it goes on.
    var isolationProof: Task<String, any Error>?
    private var undo: Int?
    var console: ConsoleWatch
    /// When sshd was last asked in vain.
    var knock = Knock()
    /// When the guest was last asked why it lets nobody in.
    var lastDiagnosis: ContinuousClock.Instant?

    init(
        record: MachineRecord, folder: MachineFolder, virsh: Virsh, runner: any CommandRunner, accelerator: Accelerator,
        timeFactor: Double?, say: @escaping @Sendable (String) -> Void
    ) {
        self.record = record
        self.folder = folder
        address = record.address
        domain = record.name
        self.accelerator = accelerator
        self.timeFactor = timeFactor ?? accelerator.timeFactor
        self.virsh = virsh
        ssh = SSHClient(
            runner: WatchedRunner(runner: runner, domain: record.name, virsh: virsh), configFile: folder.sshConfig,
            host: record.subject)
        self.say = say
        console = ConsoleWatch(file: Self.consoleFile(of: record))
    }

    /// The port that sshd listens on.
    package var sshPort: UInt16 { record.sshPort ?? 22 }

    /// What boma-it had to do to get in, in the order of time.
    public private(set) var remarks: [String] = []

    func remark(_ words: String) {
        remarks.append(words)
        say("machine: \(words)")
    }

    func update(_ changed: MachineRecord) { record = changed }

    /// The serial console of a machine, in its run's folder.
    static func consoleFile(of record: MachineRecord) -> URL {
        URL(filePath: record.evidence).appending(path: "console.log")
    }

    /// How long something in it may take.
    public nonisolated func limit(_ patience: Patience) -> Duration { patience.limit(factor: timeFactor) }

    /// A runner that gives up when this machine's domain has ended.
    nonisolated func watching(_ runner: any CommandRunner) -> any CommandRunner {
        WatchedRunner(runner: runner, domain: folder.url.lastPathComponent, virsh: virsh)
    }

    // MARK: - Booting

    /// Waits until the machine has booted and settled for the first time.
    ///
    /// - Throws: ``WaitError`` naming the requirement that did not hold; ``HarnessTrouble`` when the domain has ended or
    ///   cloud-init failed.
    public func waitForFirstBoot() async throws {
        let start = Deadline(after: .zero)
        say("machine: waiting for a login (at most \(limit(.login).forPeople))")
        try await waitForLogin()
        firstLogin = .now
        say("machine: login works after \(start.elapsed.forPeople); waiting for cloud-init and systemd")
        try await waitUntilSettled()
        history = try await bootHistory()
        say("machine: booted and settled after \(start.elapsed.forPeople)")
    }

    /// Waits for both; ends with cloud-init's status, 0 where there is none.
    static let settling = """
        code=0
        # A playbook may have removed it.
        if command -v cloud-init >/dev/null; then
            cloud-init status --wait >/dev/null
            code=$?
        fi
        systemctl is-system-running --wait
        if [ $code = 1 ]; then
            [ "$(df --output=avail / | tail -n 1)" -gt 0 ] || echo '\(CloudInitFailed.fullDisk)'
            cloud-init status --long
        fi
        exit $code
        """

    /// Waits for cloud-init and for systemd's job queue.
    ///
    /// A degraded system is settled, too: which units failed is a check's business, not a wait's.
    func waitUntilSettled() async throws {
        let result = try await ssh.runAsRoot(Self.settling, limit: limit(.settling))
        switch result.ending {
        // 2 is cloud-init's "done with recoverable errors".
        case .exited(0), .exited(2): return
        case .exited(1): throw CloudInitFailed(status: result.output)
        case .exited(255): try await lookForAnotherBoot()
        case .timedOut(let limit):
            try console.look(isEmulated: accelerator == .tcg)
            throw NotSettled(after: limit, jobs: try await runningJobs(), log: result.log)
        default: try console.look(isEmulated: accelerator == .tcg)
        }
        try result.requireSuccess("waiting for cloud-init and systemd in \(record.subject)")
    }

    /// What systemd has not come to the end of, a line each; nothing when it does not say.
    private func runningJobs() async throws -> [String] {
        let jobs = try await ssh.runAsRoot("systemctl list-jobs --no-legend --no-pager", limit: limit(.command))
        return jobs.output.lines.filter { $0.hasSuffix("running") }.prefix(10).map { printable($0) }
    }

    /// The connection broke: when that is because the guest reboots once more, the console says so in a moment.
    private func lookForAnotherBoot() async throws {
        let wait = Wait(for: "the next boot on the console", limit: limit(.anotherBoot), hint: "")
        do {
            try await wait.until {
                try console.look(isEmulated: accelerator == .tcg)
                return WaitStep<Void>.notYet("nothing")
            }
        } catch is WaitError {}
    }

    /// Takes note of the boot that a restored guest is in: the saved one's. It did not boot, so nothing is waited for.
    func resume(history restored: BootHistory) {
        history = restored
        firstLogin = .now
    }

    func bootHistory() async throws -> BootHistory {
        let answer = try await ssh.runAsRoot(BootHistory.script, limit: limit(.command))
            .requireSuccess("reading the boots of \(record.subject)")
        return try BootHistory(answer: answer.output)
    }

    /// What was last proven about its isolation, in words.
    var isolationWords: String?

    func noteIsolation(proven: Bool) {
        isIsolationProven = proven
        if proven { owesIsolationProof = false }
    }

    // MARK: - Ending

    /// Forgets in the guest what makes it this machine, shuts it down and hands over its overlay, for others to lie over.
    ///
    /// cloud-init runs anew on the next first boot. The machine id is emptied, not removed: without the file systemd
    /// would take that boot for the very first and reset which units are enabled (machine-id(5), "first boot semantics").
    /// - Returns: the overlay; the machine itself is still to be destroyed.
    public func seal() async throws -> URL {
        let answer = try await ssh.runAsRoot(
            """
            set -e
            command -v cloud-init >/dev/null || exit 71
            cloud-init clean --logs
            : > /etc/machine-id
            rm -rf /var/log/journal/* /etc/ssh/ssh_host_* /home/*/.ssh /var/lib/systemd/random-seed
            rm -f /etc/netplan/50-cloud-init.yaml
            fstrim / || true
            sync
            """, limit: limit(.command))
        guard answer.ending != .exited(71) else {
            throw HarnessTrouble(
                "layer of \(record.subject)",
                why:
                    "the tags in the profile's layer.tags remove cloud-init, which sets up each machine made from a layer",
                fix: "leave that role out of layer.tags", blame: .playbook)
        }
        try answer.requireSuccess("sealing \(record.name)")
        // The shutdown may break the connection before the answer arrives: ask libvirt whether the machine is down.
        _ = try await ssh.runAsRoot("systemctl poweroff --no-block", limit: limit(.command))
        let wait = Wait(
            for: "\(record.name) to shut down", limit: limit(.shutdown), hint: "see \(record.evidence)/console.log")
        try await wait.until {
            let state = try await virsh.state(of: record.name)
            return state == "shut off" ? .done(()) : .notYet(state ?? "gone")
        }
        return folder.overlay
    }

    /// Lets Ctrl-C remove the machine, from its first file on until it is kept or destroyed.
    func beRemovedOnInterruption() {
        undo = Interruption.shared.add { await self.destroy() }
    }

    /// Marks the machine as kept: neither its end nor the next run removes it.
    ///
    /// - Throws: when the record can't be written, or libvirt doesn't take the mark. The record counts on this machine.
    public func keep(because reason: String) async throws {
        undo.map(Interruption.shared.remove)
        record.keptBecause = reason
        try record.write(in: folder.url)
        try await DomainMark(record, folder: folder.url).write(to: record.name, virsh: virsh)
        try await virsh.keepDefined(record.name, in: folder.url)
    }

    /// Removes the machine and everything of it. May be called again; never throws, as nobody could do better.
    public func destroy() async {
        guard !isDestroyed else { return }
        isDestroyed = true
        isolationProof?.cancel()
        _ = await isolationProof?.result
        // Cleaning up must go on although the run is cancelled or its process is ending.
        let work = Task { [virsh, record, folder, ssh] in
            await Interruption.$isUndoing.withValue(true) {
                try? await ssh.dropSharedConnection()
                await MachineRemoval.remove(domain: record.name, folder: folder.url, virsh: virsh)
            }
        }
        await work.value
        undo.map(Interruption.shared.remove)
        say("machine: \(record.name) destroyed")
    }
}
