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
        let own = ownerless(includingKept: false, includingUnfinished: true)
        let elsewhere = (try? await unowned(includingKept: false)) ?? []
        for remains in own + elsewhere.filter({ one in !own.contains { $0.name == one.name } }) {
            say("reaper: \(remains.name) belonged to a run that is gone; removing it")
            if await !Self.remove(domain: remains.name, folder: remains.folder, virsh: virsh) {
                say("reaper: \(remains.name) could not be removed; the next run tries again")
            }
        }
    }

    /// Folders whose machine nobody owns any more: its run is gone, or ended before it could write the record.
    private func ownerless(includingKept: Bool, includingUnfinished: Bool) -> [Remains] {
        folders.filter { folder in
            guard let record = MachineRecord.read(in: folder) else {
                // Without a record only the name says that it is ours.
                return includingUnfinished && folder.lastPathComponent.hasPrefix("boma-it-")
            }
            return record.keptBecause == nil ? !record.owner.isAlive : includingKept
        }.map { Remains(name: $0.lastPathComponent, folder: $0) }
    }

    /// Domains that bear our mark and belong to nobody: their owner is gone, whatever cache they come from, or, for those
    /// that somebody kept, their folder is.
    private func unowned(includingKept: Bool) async throws -> [Remains] {
        var remains: [Remains] = []
        for name in try await virsh.domainNames() where name.hasPrefix("boma-it-") {
            guard let xml = try await virsh.definition(of: name), let mark = DomainMark(in: xml) else { continue }
            // The record counts: it may say "kept" or name a living owner where libvirt could not be told.
            let record = MachineRecord.read(in: mark.folder)
            if let record, record.keptBecause == nil, record.owner.isAlive { continue }
            let isKept = mark.keptBecause != nil || record?.keptBecause != nil
            let isLost = includingKept && !FileManager.default.fileExists(atPath: mark.folder.path)
            let isInUse = mark.keptBecause == nil && mark.owner?.isAlive == true
            if (mark.isAbandoned && !isKept) || (isLost && !isInUse) {
                remains.append(Remains(name: name, folder: mark.folder))
            }
        }
        return remains
    }

    // MARK: - On request

    /// Takes the host, so that no run begins meanwhile; `nil` while one goes on, which may just be making a machine that
    /// has no record yet, or a layer.
    public func takeHost() -> HostLock? { try? HostLock(run: "clean", file: lock) }

    private func removableRemains(isHostFree: Bool) async throws -> [Remains] {
        let own = ownerless(includingKept: true, includingUnfinished: isHostFree)
        return try await own + unowned(includingKept: true).filter { one in !own.contains { $0.name == one.name } }
    }

    /// Names of what ``removeAll()`` would remove: all machines of this user but those of a run that still goes on.
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
                fix: "boma-it doctor looks at libvirt; then boma-it clean once more")
        }
        return removed
    }

    /// Removes one machine.
    ///
    /// - Throws: ``HarnessTrouble`` when a run that goes on has it, or when it can't be removed now.
    public func remove(_ record: MachineRecord) async throws {
        guard record.state != "in use" else {
            throw HarnessTrouble(
                "machine \(record.name)", why: "belongs to run \(record.run), which goes on",
                fix: "end that run with Ctrl-C where it runs")
        }
        let folder = machines.appending(path: record.name)
        guard await Self.remove(domain: record.name, folder: folder, virsh: virsh) else {
            throw HarnessTrouble(
                "machine \(record.name)", why: "could not be removed", fix: "boma-it doctor looks at libvirt")
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
                _ = try await virsh.run(["undefine", domain, "--nvram"])
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
        return !FileManager.default.fileExists(atPath: folder.path)
    }

    /// A connection that somebody has opened with `boma-it ssh` would wait a minute for the guest that is gone.
    private static func endSharedConnection(of domain: String, runner: any CommandRunner) async {
        let socket = MachineFolder.controlSocket(of: domain)
        guard FileManager.default.fileExists(atPath: socket.path) else { return }
        _ = try? await runner.run(
            Command(
                "ssh", ["-F", "/dev/null", "-o", "ControlPath=\(socket.path)", "-O", "exit", domain],
                limit: .seconds(5), isPoll: true))
        try? FileManager.default.removeItem(at: socket)
    }
}
