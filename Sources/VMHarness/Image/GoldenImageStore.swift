import Foundation

/// The cache of golden images of one user. An image is made on first use and verified before every use.
public struct GoldenImageStore: Sendable {
    let folder: URL
    let configuration: HarnessConfiguration
    let runner: any CommandRunner
    let say: @Sendable (String) -> Void

    /// - Parameter say: is told what is going on, a line each.
    public init(
        configuration: HarnessConfiguration, runner: any CommandRunner, say: @escaping @Sendable (String) -> Void
    ) {
        folder = configuration.cache.appending(path: "images")
        self.configuration = configuration
        self.runner = runner
        self.say = say
    }

    /// Returns the golden image, making it first when the cache has none.
    ///
    /// One process makes it; others wait for its lock.
    /// - Throws: ``ImageError`` when the image doesn't match its digest, ``NoImageError`` when no source worked.
    public func ensure() async throws -> GoldenImage {
        try createSharedFolder(folder)
        let lock = try await takeLock()
        defer { withExtendedLifetime(lock) {} }
        try await removeLeftovers()
        if let known = try known() {
            try await verify(known)
            return known
        }
        let made = try await make()
        try await verify(made)
        return made
    }

    /// The image in the cache that fits the configured source, unverified; `nil` when there is none.
    public func known() throws -> GoldenImage? {
        try all().filter(fits).max { $0.provenance.created < $1.provenance.created }
    }

    /// All images in the cache, unverified.
    func all() throws -> [GoldenImage] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.lastPathComponent.hasSuffix(".qcow2.json") }.map { file in
            let provenance = try ImageProvenance.read(from: file)
            return GoldenImage(file: folder.appending(path: provenance.file), provenance: provenance)
        }
    }

    func fits(_ image: GoldenImage) -> Bool {
        // What another version has built may lack what this one counts on.
        guard image.provenance.source != "build" || image.provenance.recipe == ImageSources.recipe else { return false }
        switch configuration.image.source {
        case "auto":
            return configuration.image.file == nil || image.provenance.origin == configuration.image.file?.path
        case "file": return image.provenance.origin == configuration.image.file?.path
        default: return image.provenance.source == configuration.image.source
        }
    }

    func verify(_ image: GoldenImage) async throws {
        let fix =
            "remove it and \(image.file.lastPathComponent).json, then run again: the image is downloaded or built anew"
        guard FileManager.default.fileExists(atPath: image.file.path) else {
            throw ImageError(file: image.file, problem: "is missing", fix: fix)
        }
        let digest = try await FileTools(runner: runner).sha256(of: image.file)
        guard digest == image.provenance.sha256 else {
            throw ImageError(
                file: image.file,
                problem: "is corrupt: SHA-256 \(digest.prefix(12))… instead of \(image.provenance.sha256.prefix(12))…",
                fix: fix)
        }
    }

    func make() async throws -> GoldenImage {
        let sources = ImageSources(configuration: configuration, runner: runner, folder: folder, say: say)
        var failures: [String] = []
        for source in sources.inOrder {
            do {
                let draft = try await sources.fetch(source)
                say("golden image: taken from source '\(source)' (\(draft.origin))")
                return try await adopt(draft)
            } catch let error where configuration.image.source == "auto" && !(error is CancellationError) {
                let reason = String(describing: error).split(whereSeparator: \.isNewline).first ?? ""
                say("golden image: source '\(source)' not usable: \(reason)")
                failures.append("\(source): \(error)")
            }
        }
        throw NoImageError(failures: failures)
    }

    /// Gives a finished file its place: digest in the name, read only, provenance beside it.
    private func adopt(_ draft: ImageDraft) async throws -> GoldenImage {
        do {
            try await DiskTools(runner: runner).check(draft.file)
        } catch {
            try? FileManager.default.removeItem(at: draft.file)
            guard draft.source == "file" else { throw error }
            // Name the file that the draft was copied from: that is the one that the user can correct.
            throw ImageError(
                file: URL(filePath: draft.origin),
                problem: (error as? ImageError)?.problem ?? "is damaged: qemu-img check finds faults",
                fix: ImageSources.fixForOwnImage)
        }
        let digest = try await FileTools(runner: runner).sha256(of: draft.file)
        let name = "debian-13-\(draft.source)-\(digest.prefix(12)).qcow2"
        let place = folder.appending(path: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: draft.file.path)
        if FileManager.default.fileExists(atPath: place.path) { try FileManager.default.removeItem(at: place) }
        try FileManager.default.moveItem(at: draft.file, to: place)
        let provenance = ImageProvenance(
            source: draft.source, origin: draft.origin, sha256: digest, publishedSHA512: draft.publishedSHA512,
            recipe: draft.source == "build" ? ImageSources.recipe : nil, created: Date(), file: name)
        // Write the provenance last: an image without it does not count as cached.
        try provenance.write(to: folder.appending(path: "\(name).json"))
        return GoldenImage(file: place, provenance: provenance)
    }

    /// What an interrupted build or copy left behind; a partial download stays, because it can go on. The caller holds
    /// the lock, so nobody is writing them.
    func removeLeftovers() async throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.prefixMatch(of: /(build|copy)-[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}/) != nil {
            // One that can't be removed is in nobody's way.
            await ImageSources.removeBuild(folder.appending(path: name), runner: runner)
        }
    }

    func takeLock() async throws -> FileLock {
        let file = folder.appending(path: "lock")
        let wait = Wait(
            for: "the lock of the image cache", limit: .seconds(1800),
            hint: "another run downloads or builds the image; see \(file.path)")
        return try await wait.until {
            guard let lock = try FileLock(file) else { return .notYet("held by another process") }
            return .done(lock)
        }
    }
}

/// Makes a folder that QEMU's user may pass through but not list.
func createSharedFolder(_ folder: URL) throws {
    do {
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
    } catch {
        throw ImageError(
            file: folder, problem: "can't be made (\(FileTools.words(for: error)))",
            fix: "make setup (it makes /var/cache/boma-it for members of group libvirt), or set BOMA_IT_CACHE")
    }
}

/// No source gave an image.
public struct NoImageError: BlamedError, CustomStringConvertible, Sendable {
    /// One entry for each source that was tried.
    public let failures: [String]

    /// Ours.
    public var blame: Blame { .harness }
    /// About images.
    public var runbook: Runbook? { .imageProblems }

    /// Every source and why it did not work.
    public var description: String {
        """
        no golden image: no source worked
        \(failures.map { "  - \($0)" }.joined(separator: "\n"))
          fix: set BOMA_IT_IMAGE_FILE to a Debian 13 cloud image, or BOMA_IT_DEBIAN_MIRROR to a mirror to build one from
        """
    }
}
