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

    /// All machines of this user that are on disk.
    public func all() -> [MachineRecord] {
        let folders = (try? FileManager.default.contentsOfDirectory(at: machines, includingPropertiesForKeys: nil)) ?? []
        return folders.compactMap(MachineRecord.read).sorted { $0.created < $1.created }
    }

    /// Removes machines whose run has ended without removing or keeping them.
    public func reap() async {
        for record in all() where record.keptBecause == nil && !record.owner.isAlive {
            say("reaper: \(record.name) belonged to a run that is gone; removing it")
            await Self.remove(domain: record.name, folder: machines.appending(path: record.name), virsh: virsh)
        }
    }

    /// Removes all machines of this user but those of a run that still goes on.
    ///
    /// Domains are known by our mark in their metadata, not by their name: a domain without it is left alone.
    /// - Returns: names of what was removed.
    public func removeAll() async throws -> [String] {
        var removed: [String] = []
        for record in all() where record.keptBecause != nil || !record.owner.isAlive {
            await Self.remove(domain: record.name, folder: machines.appending(path: record.name), virsh: virsh)
            removed.append(record.name)
        }
        for name in try await virsh.domainNames() where name.hasPrefix("boma-it-") {
            guard let folder = DomainMark.folder(in: try await virsh.domainXML(name)) else { continue }
            // A folder elsewhere is another user's or another cache's; without one, nobody else will remove the domain.
            guard !FileManager.default.fileExists(atPath: folder.path) else { continue }
            await Self.remove(domain: name, folder: folder, virsh: virsh)
            removed.append(name)
        }
        return removed
    }

    static func remove(domain: String, folder: URL, virsh: Virsh) async {
        if let xml = try? await virsh.domainXML(domain), DomainMark.folder(in: xml)?.path == folder.path {
            _ = try? await virsh.run(["destroy", domain])
            _ = try? await virsh.run(["undefine", domain, "--nvram"])
        }
        try? FileManager.default.removeItem(at: folder)
    }
}
