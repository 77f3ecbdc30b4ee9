import Foundation
import Synchronization

/// Layers of one user, found by the hash of what made them: a folder each, with a record that is written last.
///
/// A folder without a record is not in the store, and a layer whose files differ from their digests is never used: it is
/// removed with everything that lies over it.
public final class LayerStore: Sendable {
    /// A layer is only as good as the packages in it; after a week it is made anew.
    static let maximumAge: TimeInterval = 7 * 86400
    private static let draftPrefix = "new-"

    private let folder: URL
    private let limitMiB: Int
    private let runner: any CommandRunner
    private let say: @Sendable (String) -> Void
    private let told = Mutex(Told())

    /// What became of the layers that were asked for, for a report.
    public struct Told: Sendable, Equatable {
        /// Stage and key of the last layer that was found or made.
        public var used: String?
        /// Why others did not fit, by stage.
        public var misses: [String] = []
    }

    /// What became of the layers that were asked for until now.
    public var history: Told { told.withLock { $0 } }

    /// The store of one user.
    ///
    /// - Parameter limitMiB: disk that all layers together may take.
    public init(cache: URL, limitMiB: Int, runner: any CommandRunner, say: @escaping @Sendable (String) -> Void) {
        folder = cache.appending(path: "layers")
        self.limitMiB = limitMiB
        self.runner = runner
        self.say = say
    }

    /// All layers, the last used first.
    public func all() -> [Layer] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { name in
            let place = folder.appending(path: name)
            guard let record = LayerRecord.read(in: place), record.key == name else { return nil }
            return Layer(record: record, folder: place)
        }.sorted { $0.record.lastUsed > $1.record.lastUsed }
    }

    // MARK: - Finding

    /// The layer made of exactly these inputs; `nil` when there is none that can be used. Says which one it is, or why
    /// there is none.
    ///
    /// - Parameter isInUse: whether a machine lies over that disk; such a layer does not become too old, since without it
    ///   the machine could not start again.
    public func layer(_ key: LayerKey, isInUse: (URL) -> Bool = { _ in false }) async throws -> Layer? {
        let known = all()
        guard let found = known.first(where: { $0.record.key == key.hash }) else {
            let reason = Self.reasonForMiss(key, among: known.map(\.record))
            say("layer '\(key.stage)': none fits (\(reason))")
            told.withLock { $0.misses.append("\(key.stage): \(reason)") }
            return nil
        }
        // Check from the golden image upwards: what is based on a bad layer goes with it.
        for layer in chain(of: found, among: known).reversed() {
            let isHeld = known.contains {
                isInUse($0.disk) && chain(of: $0, among: known).contains { $0.record.key == layer.record.key }
            }
            if let problem = try await problem(with: layer, isHeld: isHeld) {
                say("layer '\(layer.record.stage)': \(layer.record.key.prefix(12)) \(problem); removing it")
                told.withLock { $0.misses.append("\(layer.record.stage): \(layer.record.key.prefix(12)) \(problem)") }
                try remove(layer, among: known)
                return nil
            }
        }
        for layer in chain(of: found, among: known) {
            var record = layer.record
            record.lastUsed = Date()
            try record.write(in: layer.folder)
        }
        told.withLock { $0.used = "\(key.stage) \(key.hash.prefix(12))" }
        let made = found.record.created.ISO8601Format()
        say("layer '\(key.stage)': \(key.hash.prefix(12)) of \(key.subject), made \(made)")
        return found
    }

    /// The layer and those that it lies over.
    private func chain(of layer: Layer, among known: [Layer]) -> [Layer] {
        var chain = [layer]
        while let parent = chain.last?.record.parent, let next = known.first(where: { $0.record.key == parent }),
            !chain.contains(where: { $0.record.key == parent })
        {
            chain.append(next)
        }
        return chain
    }

    /// What keeps a layer from being used; `nil` when nothing does.
    private func problem(with layer: Layer, isHeld: Bool) async throws -> String? {
        if Date().timeIntervalSince(layer.record.created) >= Self.maximumAge {
            guard isHeld else { return "is older than a week" }
            say(
                "layer '\(layer.record.stage)': \(layer.record.key.prefix(12)) is older than a week, but still used: "
                    + "a kept machine is based on it (boma-it clean)")
        }
        if let parent = layer.record.parent, LayerRecord.read(in: folder.appending(path: parent)) == nil {
            return "is based on a layer that is gone"
        }
        let files = layer.record.files.keys.sorted().map { layer.folder.appending(path: $0) }
        let before = try await FileTools(runner: runner).states(of: files)
        if let lost = files.first(where: { before[$0.path] == nil }) {
            return "has lost its file \(lost.lastPathComponent)"
        }
        let known = VerifiedFiles.read(in: layer.folder)
        let unverified = files.filter { file in
            known[file.lastPathComponent] != before[file.path].map { mark(layer.record, file, $0) }
        }
        guard !unverified.isEmpty else { return nil }
        let digests = try await FileTools(runner: runner).sha256(
            of: Dictionary(uniqueKeysWithValues: unverified.map { ($0.lastPathComponent, $0) }))
        for file in unverified where digests[file.lastPathComponent] != layer.record.files[file.lastPathComponent] {
            return "has a changed file (\(file.lastPathComponent))"
        }
        try remember(layer.record, in: layer.folder, before)
        return nil
    }

    /// Digests are taken once and again when a file was written to since: reading gigabytes before every start would cost
    /// more than the start.
    private func remember(_ record: LayerRecord, in folder: URL, _ states: [String: FileState]) throws {
        let marks = states.map { path, state in
            (URL(filePath: path).lastPathComponent, mark(record, URL(filePath: path), state))
        }
        try VerifiedFiles.write(Dictionary(uniqueKeysWithValues: marks), in: folder)
    }

    private func mark(_ record: LayerRecord, _ file: URL, _ state: FileState) -> String {
        "\(record.files[file.lastPathComponent] ?? "") \(state.identity)"
    }

    static func reasonForMiss(_ key: LayerKey, among records: [LayerRecord]) -> String {
        let same = records.filter { $0.subject == key.subject && $0.stage == key.stage }
        func changes(_ record: LayerRecord) -> [String] {
            Set(record.inputs.keys).union(key.inputs.keys).filter { record.inputs[$0] != key.inputs[$0] }.sorted()
        }
        guard let nearest = same.min(by: { changes($0).count < changes($1).count }) else {
            return "no such layer of \(key.subject) yet"
        }
        let changed = changes(nearest)
        let more = changed.count > 3 ? " and \(changed.count - 3) more" : ""
        return "changed since \(nearest.key.prefix(12)): \(changed.prefix(3).joined(separator: ", "))\(more)"
    }

    // MARK: - Adding

    /// A new folder for the files of a layer that is being made.
    public func draft() throws -> URL {
        try createSharedFolder(folder)
        let draft = folder.appending(path: Self.draftPrefix + UUID().uuidString)
        try createSharedFolder(draft)
        return draft
    }

    /// Takes the finished files in a draft's folder into the store.
    ///
    /// - Parameters:
    ///   - draft: folder from ``draft()``; it becomes the layer's.
    ///   - parent: the layer that its disk lies over.
    ///   - user: number of the user that QEMU runs as.
    ///   - isInUse: whether a machine lies over that disk; such a layer is not dropped.
    public func adopt(
        _ draft: URL, as key: LayerKey, over parent: Layer?, readableBy user: Int, isInUse: (URL) -> Bool
    ) async throws -> Layer {
        let disk = Layer.disk(in: draft)
        try await DiskTools(runner: runner).check(disk, mayHaveBacking: true)
        var files: [String: URL] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: draft.path) {
            files[name] = draft.appending(path: name)
        }
        // A guest's disk and memory hold its secrets: they are ours, and QEMU's user may read the disk. The memory is
        // read
        // by libvirtd, which is root.
        try await FileTools(runner: runner).removeGrants(on: Array(files.values))
        for file in files.values {
            try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: file.path)
        }
        try await FileTools(runner: runner).grant("r", on: [disk], toUser: user)
        let record = LayerRecord(
            key: key.hash, subject: key.subject, stage: key.stage, parent: parent?.record.key, inputs: key.inputs,
            files: try await FileTools(runner: runner).sha256(of: files), created: Date(), lastUsed: Date())
        try remember(record, in: draft, try await FileTools(runner: runner).states(of: Array(files.values)))
        try record.write(in: draft)
        let layer = Layer(record: record, folder: folder.appending(path: key.hash))
        // A layer of this name was made from the same inputs, by a run that failed or by one at the same time.
        try? FileManager.default.removeItem(at: layer.folder)
        try FileManager.default.moveItem(at: draft, to: layer.folder)
        told.withLock { $0.used = "\(key.stage) \(key.hash.prefix(12)), made in this run" }
        say("layer '\(key.stage)': \(key.hash.prefix(12)) made")
        try await prune(isInUse: isInUse)
        return layer
    }

    // MARK: - Removing

    /// Removes what runs left that were killed while they made a layer. The caller knows that none is being made now.
    ///
    /// - Returns: whether there was anything.
    @discardableResult
    public static func removeDrafts(inCache cache: URL) -> Bool {
        let folder = cache.appending(path: "layers")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let drafts = names.filter(isDraft)
        for name in drafts { try? FileManager.default.removeItem(at: folder.appending(path: name)) }
        return !drafts.isEmpty
    }

    /// Whether a name is one that ``draft()`` gives: others may have put something beside.
    private static func isDraft(_ name: String) -> Bool {
        name.hasPrefix(draftPrefix) && UUID(uuidString: String(name.dropFirst(draftPrefix.count))) != nil
    }

    /// Whether a name is a layer's.
    private static func isKey(_ name: String) -> Bool { name.wholeMatch(of: /[0-9a-f]{64}/) != nil }

    /// Removes a layer that turned out to be of no use, and what lies over it.
    public func discard(_ layer: Layer, because reason: String) throws {
        say("layer '\(layer.record.stage)': \(layer.record.key.prefix(12)) \(reason); removing it")
        try remove(layer, among: all())
    }

    /// Notes that a layer could not be used and that this may not have been its fault. The second time in a row it is removed.
    public func doubt(_ layer: Layer, because reason: String) throws {
        let mark = layer.folder.appending(path: Self.doubtName)
        guard FilePresence(of: mark) == .missing else {
            return try discard(layer, because: "\(reason), twice")
        }
        say("layer '\(layer.record.stage)': \(layer.record.key.prefix(12)) \(reason); it is tried once more")
        try Data(reason.utf8).write(to: mark)
    }

    /// Takes back what ``doubt(_:because:)`` noted.
    public func trust(_ layer: Layer) {
        try? FileManager.default.removeItem(at: layer.folder.appending(path: Self.doubtName))
    }

    private static let doubtName = "doubted"

    /// Drops layers beyond the limit, those first whose use is longest ago, and what unfinished work left behind.
    private func prune(isInUse: (URL) -> Bool) async throws {
        let known = all()
        var kept: Set<String> = []
        var size = 0
        for layer in known {
            let files = layer.record.files.keys.map { layer.folder.appending(path: $0) }
            size += try await FileTools(runner: runner).states(of: files).values.reduce(0) { $0 + $1.allocatedBytes }
            if kept.isEmpty || size <= limitMiB << 20 || isInUse(layer.disk) {
                kept.formUnion(chain(of: layer, among: known).map(\.record.key))
            }
        }
        for layer in known where !kept.contains(layer.record.key) {
            say(
                "layer '\(layer.record.stage)': \(layer.record.key.prefix(12)) removed: it was unused for the longest time"
            )
            try remove(layer, among: known)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where !known.contains(where: { $0.record.key == name }) && (Self.isDraft(name) || Self.isKey(name)) {
            try FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    private func remove(_ layer: Layer, among known: [Layer]) throws {
        for child in known where child.record.parent == layer.record.key { try remove(child, among: known) }
        // Remove the record first: an interrupted removal must not leave what looks like a whole layer.
        try? FileManager.default.removeItem(at: layer.folder.appending(path: LayerRecord.fileName))
        guard FileManager.default.fileExists(atPath: layer.folder.path) else { return }
        try FileManager.default.removeItem(at: layer.folder)
    }
}

/// What `stat` said about each file of a layer when its digest was last found right; `verified.json` beside the record.
private enum VerifiedFiles {
    static let fileName = "verified.json"

    static func read(in folder: URL) -> [String: String] {
        guard let data = try? Data(contentsOf: folder.appending(path: fileName)) else { return [:] }
        return (try? JSONDecoder().decode([String: String].self, from: data)) ?? [:]
    }

    static func write(_ marks: [String: String], in folder: URL) throws {
        try JSONEncoder().encode(marks).write(to: folder.appending(path: fileName), options: .atomic)
    }
}
