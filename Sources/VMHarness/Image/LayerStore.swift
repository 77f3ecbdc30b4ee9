import Foundation

/// Checkpoints between the golden image and an overlay: read-only qcow2 files, found by the hash of what made them.
///
/// A file without its record beside it is not in the store, and a file whose digest differs is never used.
public struct LayerStore: Sendable {
    /// How many layers are kept.
    static let capacity = 4
    /// A layer is only as good as the packages in it; after a week it is made anew.
    static let maximumAge: TimeInterval = 7 * 86400

    private let folder: URL
    private let runner: any CommandRunner
    private let say: @Sendable (String) -> Void

    /// The store of one user.
    public init(cache: URL, runner: any CommandRunner, say: @escaping @Sendable (String) -> Void) {
        folder = cache.appending(path: "layers")
        self.runner = runner
        self.say = say
    }

    private func file(_ key: String) -> URL { folder.appending(path: "\(key).qcow2") }
    private func recordFile(_ key: String) -> URL { folder.appending(path: "\(key).json") }

    /// All layers, the last used first.
    public func all() -> [LayerRecord] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.compactMap { name in
            guard let data = try? Data(contentsOf: folder.appending(path: name)),
                let record = try? decoder.decode(LayerRecord.self, from: data), name == "\(record.key).json"
            else { return nil }
            return record
        }.sorted { $0.lastUsed > $1.lastUsed }
    }

    /// The layer made of exactly these inputs; `nil` when there is none that can be used. Says which one it is, or why
    /// there is none.
    public func layer(_ key: LayerKey) async throws -> URL? {
        guard var record = all().first(where: { $0.key == key.hash }) else {
            say("layer: none fits (\(reasonForMiss(key)))")
            return nil
        }
        guard Date().timeIntervalSince(record.created) < Self.maximumAge else {
            return try discard(record, because: "is older than a week")
        }
        guard FileManager.default.fileExists(atPath: file(record.key).path) else {
            return try discard(record, because: "has lost its file")
        }
        guard try await FileTools(runner: runner).sha256(of: file(record.key)) == record.sha256 else {
            return try discard(record, because: "does not have its digest any more")
        }
        record.lastUsed = Date()
        try write(record)
        say("layer: \(record.key.prefix(12)) of \(record.subject), made \(record.created.ISO8601Format())")
        return file(record.key)
    }

    private func discard(_ record: LayerRecord, because reason: String) throws -> URL? {
        say("layer: \(record.key.prefix(12)) \(reason); removing it")
        try remove(record)
        return nil
    }

    private func reasonForMiss(_ key: LayerKey) -> String {
        guard let nearest = all().first(where: { $0.subject == key.subject }) else {
            return "no layer of \(key.subject) yet"
        }
        let names = Set(nearest.inputs.keys).union(key.inputs.keys)
        let changed = names.filter { nearest.inputs[$0] != key.inputs[$0] }.sorted()
        let more = changed.count > 3 ? " and \(changed.count - 3) more" : ""
        return "changed since \(nearest.key.prefix(12)): \(changed.prefix(3).joined(separator: ", "))\(more)"
    }

    /// Takes a finished overlay into the store.
    ///
    /// - Parameter isInUse: whether a machine lies over that layer; such a layer is not dropped.
    public func adopt(_ overlay: URL, as key: LayerKey, isInUse: (URL) -> Bool) async throws -> URL {
        try createSharedFolder(folder)
        try await DiskTools(runner: runner).check(overlay, mayHaveBacking: true)
        try await FileTools(runner: runner).removeGrants(on: overlay)
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: overlay.path)
        let digest = try await FileTools(runner: runner).sha256(of: overlay)
        let place = file(key.hash)
        if FileManager.default.fileExists(atPath: place.path) { try FileManager.default.removeItem(at: place) }
        try FileManager.default.moveItem(at: overlay, to: place)
        // Written last: until then the file is not in the store.
        try write(
            LayerRecord(
                key: key.hash, subject: key.subject, inputs: key.inputs, sha256: digest, created: Date(),
                lastUsed: Date()))
        say("layer: \(key.hash.prefix(12)) made")
        try prune(isInUse: isInUse)
        return place
    }

    /// Drops the layers beyond the capacity, and files that no record names.
    private func prune(isInUse: (URL) -> Bool) throws {
        let known = all()
        for record in known.dropFirst(Self.capacity) where !isInUse(file(record.key)) {
            say("layer: \(record.key.prefix(12)) dropped, its use is longest ago")
            try remove(record)
        }
        let names = Set(known.map { "\($0.key).qcow2" })
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasSuffix(".qcow2") && !names.contains(name) {
            try FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    private func remove(_ record: LayerRecord) throws {
        // The record first, so that an interrupted removal leaves nothing that looks whole.
        try FileManager.default.removeItem(at: recordFile(record.key))
        try? FileManager.default.removeItem(at: file(record.key))
    }

    private func write(_ record: LayerRecord) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(record).write(to: recordFile(record.key), options: .atomic)
    }
}
