import Foundation

/// Removes machines: one by name, those whose owner is gone (the reaper), or all of ours.
public struct MachineRemoval: Sendable {
    private let virsh: Virsh
    private let machines: URL
    private let say: @Sendable (String) -> Void
    private let lock: URL

    /// - Parameters:
    ///   - machines: folder of this user's machines.
    ///   - lock: the host's lock: while somebody holds it, an unfinished machine may be theirs.
    public init(
        virsh: Virsh, machines: URL, lock: URL = HostLock.file, say: @escaping @Sendable (String) -> Void
    ) {
        self.virsh = virsh
        self.machines = machines
        self.lock = lock
        self.say = say
    }

    private struct Remains {
        let name: String
        let folder: URL
    }

    /// What was found: what nobody has a claim on, and what this user can't judge.
    private struct Findings {
        var remains: [Remains] = []
        var undecided: [(name: String, why: String)] = []

        mutating func add(_ name: String, _ folder: URL, _ claim: MachineClaim) {
            guard !remains.contains(where: { $0.name == name }), !undecided.contains(where: { $0.name == name }) else {
                return
            }
            switch claim {
            case .free: remains.append(Remains(name: name, folder: folder))
            case .taken: break
            case .undecided(let why): undecided.append((name, why))
            }
        }
    }

    private var folders: [URL] {
        (try? FileManager.default.contentsOfDirectory(at: machines, includingPropertiesForKeys: nil)) ?? []
    }

    /// All machines of this user that are on disk.
    public func all() -> [MachineRecord] { MachineRecord.all(in: machines) }

    // MARK: - The reaper

    /// Removes machines whose run has ended without removing or keeping them, and ends the tools of such runs. The caller
    /// holds the host's lock, so no other run is just making one.
    public func reap() async {
        let strays = await StrayProcesses.end()
        if !strays.isEmpty {
            say(
                "reaper: ended \(strays.count) processes of a run that is gone (\(strays.map(String.init).joined(separator: ", ")))"
            )
        }
        if LayerStore.removeDrafts(inCache: machines.deletingLastPathComponent()) {
            say("reaper: removed a layer that was never finished")
        }
        var found = own(includingKept: false, includingUnfinished: true)
        for one in found.undecided { say("reaper: \(one.name) left alone: \(one.why)\(remedy(one.name))") }
        // A run says nothing about machines of others that it can't judge.
        try? await addMarked(to: &found, includingKept: false)
        for remains in found.remains {
            say("reaper: \(remains.name) belonged to a run that is gone; removing it")
            if await !Self.remove(domain: remains.name, folder: remains.folder, virsh: virsh) {
                say("reaper: \(remains.name) could not be removed; the next run tries again")
            }
        }
    }

    /// How this user says that the run of an own machine has ended; nothing for others' machines.
    private func remedy(_ name: String) -> String {
        guard MachineRecord.read(in: machines.appending(path: name)) != nil else { return "" }
        return "; if its run has ended: boma-it keep \(name), then boma-it clean \(name)"
    }

    /// This user's machines on disk.
    private func own(includingKept: Bool, includingUnfinished: Bool) -> Findings {
        var found = Findings()
        for folder in folders {
            let name = folder.lastPathComponent
            switch MachineRecord.look(in: folder) {
            case .record(let record): found.add(name, folder, MachineClaim(record, includingKept: includingKept))
            case .hidden(let why): found.add(name, folder, .undecided(why))
            // Its run is gone. If it ended before it wrote the record, only the name says that the folder is ours.
            case .noRecord:
                if includingUnfinished, name.hasPrefix("boma-it-") { found.add(name, folder, .free) }
            case .noFolder: break
            }
        }
        return found
    }

    /// Adds the domains that bear our mark, whatever cache they come from.
    private func addMarked(to found: inout Findings, includingKept: Bool) async throws {
        for name in try await virsh.domainNames() where name.hasPrefix("boma-it-") {
            guard let xml = try await virsh.definition(of: name), let mark = DomainMark(in: xml) else { continue }
            let claim = MachineClaim(
                mark, sight: MachineRecord.look(in: mark.folder), includingKept: includingKept, user: NSUserName())
            found.add(name, mark.folder, claim)
        }
    }

    // MARK: - On request

    /// Takes the host, so that no run begins meanwhile; `nil` while one goes on, which may just be making a machine that
    /// has no record yet, or a layer.
    public func takeHost() -> HostLock? { try? HostLock(run: "clean", file: lock) }

    private func removableRemains(isHostFree: Bool) async throws -> [Remains] {
        var found = own(includingKept: true, includingUnfinished: isHostFree)
        try await addMarked(to: &found, includingKept: true)
        for one in found.undecided { say("left alone: \(one.name): \(one.why)\(remedy(one.name))") }
        return found.remains
    }

    /// Names of what ``removeAll()`` would remove: all machines of this user but those of a run that still goes on. What
    /// can't be judged is named with the reason.
    ///
    /// - Parameter host: the lock from ``takeHost()``, for who has it.
    public func removable(holding host: HostLock? = nil) async throws -> [String] {
        let host = host ?? takeHost()
        defer { withExtendedLifetime(host) {} }
        return try await removableRemains(isHostFree: host != nil).map(\.name)
    }

    /// Removes all machines of this user but those of a run that still goes on, and ends the tools of runs that are gone.
    ///
    /// Domains are known by our mark in their metadata, not by their name: a domain without it is left alone.
    /// - Parameter host: the lock from ``takeHost()``, for who has it.
    /// - Returns: names of what was removed.
    /// - Throws: ``HarnessTrouble`` naming what is still there.
    public func removeAll(holding host: HostLock? = nil) async throws -> [String] {
        let host = host ?? takeHost()
        defer { withExtendedLifetime(host) {} }
        await StrayProcesses.end()
        if host != nil { LayerStore.removeDrafts(inCache: machines.deletingLastPathComponent()) }
        var removed: [String] = []
        var stuck: [String] = []
        for remains in try await removableRemains(isHostFree: host != nil) {
            let isGone = await Self.remove(domain: remains.name, folder: remains.folder, virsh: virsh)
            if isGone { removed.append(remains.name) } else { stuck.append(remains.name) }
        }
        guard stuck.isEmpty else {
            throw HarnessTrouble(
                "machines", why: "\(stuck.joined(separator: ", ")) could not be removed",
                fix: "boma-it doctor checks libvirt; then type boma-it clean again")
        }
        return removed
    }

    /// Removes one machine.
    ///
    /// - Throws: ``HarnessTrouble`` when a run that goes on has it, or when it can't be removed now.
    public func remove(_ record: MachineRecord) async throws {
        switch MachineClaim(record, includingKept: true) {
        case .free: break
        case .taken:
            throw HarnessTrouble(
                "machine \(record.name)", why: "belongs to run \(record.run), which is in progress",
                fix: "press Ctrl-C where that run runs")
        case .undecided(let why):
            throw HarnessTrouble(
                "machine \(record.name)", why: "belongs to run \(record.run), and \(why)",
                fix: "press Ctrl-C where that run runs\(remedy(record.name))")
        }
        let folder = machines.appending(path: record.name)
        guard await Self.remove(domain: record.name, folder: folder, virsh: virsh) else {
            throw HarnessTrouble(
                "machine \(record.name)", why: "could not be removed", fix: "boma-it doctor checks libvirt")
        }
    }

    /// Names of the marked domains that are still there, whoever they belong to.
    public func markedDomains() async throws -> [String] {
        var marked: [String] = []
        for name in try await virsh.domainNames() where name.hasPrefix("boma-it-") {
            if let xml = try await virsh.definition(of: name), DomainMark(in: xml) != nil { marked.append(name) }
        }
        return marked
    }

    /// Removes a domain that bears the mark of this folder, and the folder.
    ///
    /// - Returns: whether both are gone. The folder stays when libvirt can't tell, so that it is not forgotten.
    @discardableResult
    static func remove(domain: String, folder: URL, virsh: Virsh) async -> Bool {
        do {
            if let xml = try await virsh.definition(of: domain), DomainMark.folder(in: xml)?.path == folder.path {
                _ = try await virsh.run(["destroy", domain])
                // libvirt refuses to forget a domain of which it has any of these (somebody may have worked with
                // virsh).
                _ = try await virsh.run([
                    "undefine", domain, "--nvram", "--managed-save", "--snapshots-metadata", "--checkpoints-metadata",
                ])
                guard try await virsh.definition(of: domain) == nil else { return false }
            }
        } catch {
            return false
        }
        await endSharedConnection(of: domain, runner: virsh.runner)
        // The path comes from the domain's mark, which others may have written: only a machine's own folder is removed.
        guard folder.lastPathComponent == domain, domain.hasPrefix("boma-it-"),
            folder.deletingLastPathComponent().lastPathComponent == "machines"
        else {
            return true
        }
        try? FileManager.default.removeItem(at: folder)
        // Leave another user's folder: without its domain it blocks nobody.
        return FilePresence(of: folder) == .missing || !isOurs(folder)
    }

    private static func isOurs(_ folder: URL) -> Bool {
        let facts = try? FileManager.default.attributesOfItem(atPath: folder.path)
        return NSUserName() == "root" || facts?[.ownerAccountName] as? String == NSUserName()
    }

    /// A connection that somebody has opened with `boma-it ssh` would wait a minute for the guest that is gone.
    private static func endSharedConnection(of domain: String, runner: any CommandRunner) async {
        let socket = MachineFolder.controlSocket(of: domain)
        guard FileManager.default.fileExists(atPath: socket.path) else { return }
        _ = try? await runner.run(
            Command(
                "ssh", ["-F", "/dev/null", "-o", SSHConfig.setting("ControlPath", socket.path), "-O", "exit", domain],
                limit: .seconds(5), isPoll: true))
        try? FileManager.default.removeItem(at: socket)
    }
}
