import Foundation

/// What is known about a machine, kept in `machine.json` in its folder and, as a mark, in the domain's metadata.
public struct MachineRecord: Codable, Sendable, Equatable {
    /// Name of the domain.
    public var name: String
    /// Run that made it.
    public var run: String
    /// Host that it is.
    public var subject: String
    /// Process that made it.
    public var owner: ProcessIdentity
    /// When it was made.
    public var created: Date
    /// Its address.
    public var address: String
    /// Address of its network card.
    public var mac: String
    /// Image that its overlay lies over.
    public var backing: String
    /// Run directory, for a reader.
    public var evidence: String
    /// Who logs in; `nil` in records of older versions.
    public var user: String?
    /// Where sshd listens, when not on port 22.
    public var sshPort: UInt16?
    /// Why it was kept; `nil` while its run goes on.
    public var keptBecause: String?

    static let fileName = "machine.json"

    /// Reads the record in a machine's folder; `nil` when there is none that can be read.
    public static func read(in folder: URL) -> MachineRecord? {
        (try? Data(contentsOf: folder.appending(path: fileName))).flatMap(decode)
    }

    /// What this user can see of a machine's folder.
    enum Sight {
        /// There is no such folder.
        case noFolder
        /// The folder, without a record.
        case noRecord
        /// The record in it.
        case record(MachineRecord)
        /// Either can't be looked at, for this reason.
        case hidden(String)
    }

    /// Looks at a machine's folder. Unlike ``read(in:)`` it tells a record that isn't there from one that may not be read.
    static func look(in folder: URL) -> Sight {
        switch FilePresence(of: folder) {
        case .hidden(let why): return .hidden("\(folder.path) can't be looked at (\(why))")
        case .missing: return .noFolder
        case .there: break
        }
        let file = folder.appending(path: fileName)
        switch FilePresence(of: file) {
        case .hidden(let why): return .hidden("\(file.path) can't be looked at (\(why))")
        case .missing: return .noRecord
        case .there: break
        }
        guard let data = try? Data(contentsOf: file) else { return .hidden("\(file.path) can't be read") }
        return decode(data).map(Sight.record) ?? .noRecord
    }

    private static func decode(_ data: Data) -> MachineRecord? {
        try? JSONCoding.read(MachineRecord.self, from: data)
    }

    /// Those of all machines below a folder, oldest first.
    static func all(in machines: URL) -> [MachineRecord] {
        let folders =
            (try? FileManager.default.contentsOfDirectory(at: machines, includingPropertiesForKeys: nil)) ?? []
        return folders.compactMap(read).sorted { $0.created < $1.created }
    }

    /// Notes in a machine's folder and in its domain's mark why it is to be kept: for a machine that another process made.
    public func keep(because reason: String, in folder: URL, virsh: Virsh) async throws {
        var kept = self
        kept.keptBecause = reason
        try kept.write(in: folder)
        try await DomainMark(kept, folder: folder).write(to: name, virsh: virsh)
        try await virsh.keepDefined(name, in: folder)
    }

    /// Writes the record into a machine's folder.
    func write(in folder: URL) throws {
        try JSONCoding.document(self).write(to: folder.appending(path: Self.fileName), options: .atomic)
    }
}
