import Foundation

/// Which boot a guest is in and which ones its journal knows.
public struct BootHistory: Codable, Sendable, Equatable {
    /// The running boot.
    public let current: UUID
    /// All boots in the journal, oldest first.
    public let boots: [UUID]

    /// The script that asks a guest; its answer is for ``init(answer:)``. The journal is synced first, so that the
    /// running boot is in it.
    static let script = """
        cat /proc/sys/kernel/random/boot_id
        journalctl --sync >/dev/null 2>&1 || true
        journalctl --list-boots --output=json --no-pager
        """

    /// Parses a guest's answer.
    ///
    /// - Throws: ``HarnessTrouble`` when there is no UUID in it or no list. An error text must never pass for a new id.
    init(answer: String) throws {
        func trouble(_ why: String) -> HarnessTrouble {
            HarnessTrouble(
                "the machine's boots", why: why,
                fix: "type journalctl --list-boots in the machine; it needs systemd 254 or newer")
        }
        struct Entry: Decodable { let boot_id: String }
        let parts = answer.split(separator: "\n", maxSplits: 1)
        guard let first = parts.first, let current = UUID(uuidString: first.trimmingCharacters(in: .whitespaces)) else {
            throw trouble("its boot id is not a UUID: '\(printable(answer.prefix(60)))'")
        }
        guard parts.count == 2, let entries = try? JSONDecoder().decode([Entry].self, from: Data(parts[1].utf8)) else {
            throw trouble("its journal lists no boots")
        }
        let boots = entries.compactMap { Self.uuid(fromHexadecimal: $0.boot_id) }
        guard boots.count == entries.count, boots.contains(current) else {
            throw trouble("its journal does not hold the running boot")
        }
        self.current = current
        self.boots = boots
    }

    private static let fileName = "boots.json"

    /// Writes it into a layer's folder, for the machines that will be restored from there.
    func write(in folder: URL) throws {
        try PrivateFile.write(JSONEncoder().encode(self), to: folder.appending(path: Self.fileName))
    }

    /// Reads what a layer's machine knew when it was saved.
    static func read(from folder: URL) throws -> BootHistory {
        try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: fileName)))
    }

    private static func uuid(fromHexadecimal text: String) -> UUID? {
        guard text.count == 32 else { return nil }
        var dashed = text
        for offset in [20, 16, 12, 8] { dashed.insert("-", at: dashed.index(dashed.startIndex, offsetBy: offset)) }
        return UUID(uuidString: dashed)
    }

    /// Boots in the journal that another history does not have.
    func boots(since earlier: BootHistory) -> [UUID] {
        boots.filter { !earlier.boots.contains($0) }
    }
}
