import Foundation

/// What a person does with the cache of golden images: look, renew, verify, and drop what nothing needs any more.
public struct ImageUpkeep: Sendable {
    private let store: GoldenImageStore
    /// Path of the image below each machine, by the machine's name.
    private let machines: [String: String]

    /// - Parameter machines: path of the image below each machine, by the machine's name.
    public init(_ store: GoldenImageStore, machines: [String: String]) {
        self.store = store
        self.machines = machines
    }

    /// All images, the newest first.
    public func list() throws -> [StoredImage] {
        try createSharedFolder(store.folder)
        let next = try store.known()?.file
        return try images().map { image in
            StoredImage(
                file: image.file.path, source: image.provenance.source, origin: image.provenance.origin,
                sha256: image.provenance.sha256, bytes: FileAttributes.size(of: image.file),
                created: image.provenance.created, usedBy: users(of: image.file), isNext: image.file == next)
        }
    }

    private func images() throws -> [GoldenImage] {
        try store.all().sorted { $0.provenance.created > $1.provenance.created }
    }

    /// Machines over the image, directly or through layers, and layers over it.
    private func users(of image: URL) -> [String] {
        let folder = store.configuration.cache.appending(path: "layers")
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let layers = names.filter { $0.hasSuffix(".qcow2") && Self.lies(folder.appending(path: $0), over: image) }
        return machines.filter { Self.lies(URL(filePath: $0.value), over: image) }.map(\.key).sorted()
            + layers.map { "layer \($0.prefix(12))" }.sorted()
    }

    /// Whether a file is the image, or has it below it.
    private static func lies(_ file: URL, over image: URL) -> Bool {
        var path = file.path
        // No chain of ours is that long: stop at a loop in damaged files.
        for _ in 0..<16 {
            if path == image.path { return true }
            guard let below = QcowHeader.backing(of: URL(filePath: path)) else { return false }
            path = below
        }
        return true
    }

    /// Checks the digest of every image.
    ///
    /// - Returns: what is wrong, by path of the image; `nil` for a sound one.
    public func verify() async throws -> [(file: String, problem: String?)] {
        try createSharedFolder(store.folder)
        var results: [(String, String?)] = []
        for image in try images() { results.append((image.file.path, try await problem(of: image))) }
        return results
    }

    private func problem(of image: GoldenImage) async throws -> String? {
        do {
            try await store.verify(image)
            return nil
        } catch let error as ImageError {
            return "\(error.problem); fix: \(error.fix)"
        }
    }

    /// Fetches or builds a new image from the configured source, even when the cache has one.
    ///
    /// - Returns: the image; the one in the cache when it is what Debian publishes now.
    public func renew() async throws -> GoldenImage {
        try createSharedFolder(store.folder)
        let lock = try await store.takeLock()
        defer { withExtendedLifetime(lock) {} }
        try await store.removeLeftovers()
        if store.configuration.image.source == "debian", let current = try await publishedNow() {
            store.say("golden image: the cache already has Debian's newest")
            return current
        }
        let made = try await store.make()
        try await store.verify(made)
        return made
    }

    private func publishedNow() async throws -> GoldenImage? {
        let digest = try await ImageSources(
            configuration: store.configuration, runner: store.runner, folder: store.folder, say: store.say
        ).publishedDigest()
        for image in try images() where image.provenance.publishedSHA512 == digest {
            if try await problem(of: image) == nil { return image }
        }
        return nil
    }

    /// Removes all images but the newest sound one that fits the settings, and those that something lies over.
    ///
    /// - Parameter isDry: only say what would go.
    /// - Returns: paths of what went, or would.
    public func prune(isDry: Bool) async throws -> [String] {
        try createSharedFolder(store.folder)
        let lock = try await store.takeLock()
        defer { withExtendedLifetime(lock) {} }
        let all = try images()
        var newest: URL?
        for image in all where newest == nil && store.fits(image) {
            if try await problem(of: image) == nil { newest = image.file }
        }
        let unneeded = all.map(\.file).filter { $0 != newest && users(of: $0).isEmpty }
        if !isDry {
            for file in unneeded {
                // Remove the provenance first: an image without it does not count as cached.
                try FileManager.default.removeItem(
                    at: file.deletingLastPathComponent().appending(path: "\(file.lastPathComponent).json"))
                try? FileManager.default.removeItem(at: file)
            }
        }
        return unneeded.map(\.path)
    }
}
