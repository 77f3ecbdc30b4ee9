import Foundation

/// A snapshot of a kept machine, with what answered from outside: lies in the machine's folder and goes with it.
public struct SavedSnapshot: Codable, Sendable, Equatable {
    /// When it was taken.
    public let taken: Date
    /// The state.
    public let state: StateSnapshot
    /// Ports that something listened on, asked from the control host.
    public let outside: [Int: Answer]

    private static func file(in folder: MachineFolder) -> URL { folder.url.appending(path: "snapshot.json") }

    /// Reads the last one of a machine.
    ///
    /// - Throws: ``HarnessTrouble`` when there is none.
    public static func read(of machine: Machine) async throws -> SavedSnapshot {
        let name = await machine.record.name
        let file = file(in: machine.folder)
        guard let data = try? Data(contentsOf: file), let saved = try? JSONDecoder().decode(Self.self, from: data)
        else {
            throw HarnessTrouble(
                "snapshot of \(name)", why: "there is none to compare with", fix: "boma-it snapshot \(name)")
        }
        return saved
    }

    /// Writes it into the machine's folder, over the last one.
    public func write(for machine: Machine) throws {
        try PrivateFile.writeRedacted(JSONEncoder().encode(self), to: Self.file(in: machine.folder))
    }

    /// What was lost since.
    public func difference(to now: SavedSnapshot) -> StateDifference {
        StateDifference(
            from: state, to: now.state, answers: (Reachability(outside: outside), Reachability(outside: now.outside)),
            since: "the snapshot")
    }
}

extension StateDifference {
    /// What counts against a host. A new kernel, package or file is no loss: reboots and plays are for that.
    public var losses: [String] { changes.filter { ![.kernel, .package, .file].contains($0.rank) }.map(\.text) }
}

extension StateDifference: Encodable {
    private enum CodingKeys: String, CodingKey { case changes, notes, unknown }

    /// Writes what changed, most important first, each with its rank as a word.
    public func encode(to encoder: any Encoder) throws {
        func objects(_ changes: [StateChange]) -> [[String: String]] {
            changes.map { ["rank": "\($0.rank)", "text": $0.text] }
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(objects(changes), forKey: .changes)
        try container.encode(objects(notes), forKey: .notes)
        try container.encode(unknown, forKey: .unknown)
    }
}
