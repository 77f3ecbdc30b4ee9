import Foundation

/// Removes machines: one by name, those whose owner is gone (the reaper), or all of ours.
public struct MachineRemoval: Sendable {
    private let virsh: Virsh
    private let machines: URL
    private let say: @Sendable (String) -> Void

    /// - Parameter machines: folder of this user's machines.
    public init(virsh: Virsh, machines: URL, say: @escaping @Sendable (String) -> Void) {
        self.virsh = virsh
        self.machines = machines
        self.say = say
    }

    private var folders: [URL] {
        (try? FileManager.default.contentsOfDirectory(at: machines, includingPropertiesForKeys: nil)) ?? []
    }

    /// All machines of this user that are on disk.
    public func all() -> [MachineRecord] {
        folders.compactMap(MachineRecord.read).sorted { $0.created < $1.created }
    }

    /// Folders whose machine nobody owns any more: its run is gone, or ended before it could write the record.
    private func ownerless(includingKept: Bool) -> [URL] {
        folders.filter { folder in
            guard let record = MachineRecord.read(in: folder) else { return true }
            return record.keptBecause == nil ? !record.owner.isAlive : includingKept
        }
    }

    /// Removes machines whose run has ended without removing or keeping them. The caller holds the host's lock, so no
    /// other run of this user is just making one.
    public func reap() async {
        for folder in ownerless(includingKept: false) {
            say("reaper: \(folder.lastPathComponent) belonged to a run that is gone; removing it")
            await Self.remove(domain: folder.lastPathComponent, folder: folder, virsh: virsh)
        }
    }

    /// Names of what ``removeAll()`` would remove: all machines of this user but those of a run that still goes on.
    public func removable() async throws -> [String] {
        try await ownerless(includingKept: true).map(\.lastPathComponent) + orphans().map(\.name)
    }

    /// Removes all machines of this user but those of a run that still goes on.
    ///
    /// Domains are known by our mark in their metadata, not by their name: a domain without it is left alone.
    /// - Returns: names of what was removed.
    public func removeAll() async throws -> [String] {
        var removed: [String] = []
        for folder in ownerless(includingKept: true) {
            await Self.remove(domain: folder.lastPathComponent, folder: folder, virsh: virsh)
            removed.append(folder.lastPathComponent)
        }
        for orphan in try await orphans() {
            await Self.remove(domain: orphan.name, folder: orphan.folder, virsh: virsh)
            removed.append(orphan.name)
        }
        return removed
    }

    /// Removes one machine.
    ///
    /// - Throws: ``HarnessTrouble`` when a run that goes on has it.
    public func remove(_ record: MachineRecord) async throws {
        guard record.state != "in use" else {
            throw HarnessTrouble(
                "machine \(record.name)", why: "belongs to run \(record.run), which goes on",
                fix: "end that run with Ctrl-C where it runs")
        }
        await Self.remove(domain: record.name, folder: machines.appending(path: record.name), virsh: virsh)
    }

    /// Marked domains whose folder is gone. A folder elsewhere is another user's or another cache's; without one, nobody
    /// else will remove the domain.
    private func orphans() async throws -> [(name: String, folder: URL)] {
        var orphans: [(String, URL)] = []
        for name in try await virsh.domainNames() where name.hasPrefix("boma-it-") {
            guard let folder = DomainMark.folder(in: try await virsh.domainXML(name)),
                !FileManager.default.fileExists(atPath: folder.path)
            else { continue }
            orphans.append((name, folder))
        }
        return orphans
    }

    /// Names of the marked domains that are still there, whoever they belong to.
    public func markedDomains() async throws -> [String] {
        var marked: [String] = []
        for name in try await virsh.domainNames() where name.hasPrefix("boma-it-") {
            if DomainMark.folder(in: try await virsh.domainXML(name)) != nil { marked.append(name) }
        }
        return marked
    }

    static func remove(domain: String, folder: URL, virsh: Virsh) async {
        if let xml = try? await virsh.domainXML(domain), DomainMark.folder(in: xml)?.path == folder.path {
            _ = try? await virsh.run(["destroy", domain])
            _ = try? await virsh.run(["undefine", domain, "--nvram"])
        }
        try? FileManager.default.removeItem(at: folder)
    }
}
