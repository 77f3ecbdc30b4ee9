import Foundation

/// A registry that has real container images (`BOMA_IT_IMAGES=https://…`). They are fetched by the control host, which may
/// reach what the guest may not, and kept as archives; skopeo leaves the image as it is, so that its id stays the same.
struct RegistryMirror {
    private let address: URL
    private let folder: URL
    private let runner: any CommandRunner

    /// - Parameters:
    ///   - address: `https` or `http`, host and port, and what stands before the images' names if anything.
    ///   - folder: where archives are kept.
    init(_ address: URL, folder: URL, runner: any CommandRunner) {
        self.address = address
        self.folder = folder
        self.runner = runner
    }

    /// The archive of an image, fetched unless the one that is kept is still the same.
    ///
    /// - Returns: `nil` when the registry does not have the image.
    /// - Throws: ``HarnessTrouble`` when it can't be asked; ``MissingToolError`` without skopeo.
    func archive(of name: String) async throws -> URL? {
        guard let digest = try await digest(of: name) else { return nil }
        let prefix = name.replacing("/", with: "_").replacing(":", with: "_") + "-"
        let file = folder.appending(path: "\(prefix)\(digest.dropFirst("sha256:".count).prefix(12)).tar")
        if FileManager.default.fileExists(atPath: file.path) { return file }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let part = folder.appending(path: "\(prefix)\(UUID().uuidString).part")
        defer { try? FileManager.default.removeItem(at: part) }
        // Fetch by digest: if the tag moves meanwhile, the archive would get the name of another image.
        let repository = name.prefix { $0 != ":" }
        let source = "\(reference(String(repository)))@\(digest)"
        try await runner.run(
            Command(
                "skopeo",
                ["copy", "--insecure-policy"] + tls("--src-tls-verify=false")
                    + ["docker://\(source)", "docker-archive:\(part.path):\(name)"], limit: .seconds(900))
        ).requireSuccess("fetching \(name) from \(address.absoluteString)")
        for old in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where old.hasPrefix(prefix) && old.hasSuffix(".tar") {
            try? FileManager.default.removeItem(at: folder.appending(path: old))
        }
        try FileManager.default.moveItem(at: part, to: file)
        return file
    }

    private func digest(of name: String) async throws -> String? {
        let result = try await runner.run(
            Command(
                "skopeo",
                ["inspect", "--no-tags", "--format", "{{.Digest}}"] + tls("--tls-verify=false")
                    + ["docker://\(reference(name))"], limit: .seconds(60)))
        if result.succeeded, let digest = result.output.lines.first,
            digest.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil
        {
            return digest
        }
        let why = result.errorOutput.lines.last ?? "it said nothing"
        // What a registry says when it does not have the image.
        if ["manifest unknown", "name unknown", "repository name not known"].contains(where: why.contains) {
            return nil
        }
        throw HarnessTrouble(
            "BOMA_IT_IMAGES: \(address.absoluteString)", why: "did not answer for \(name) (\(printable(why)))",
            fix: "correct the address, or log in with: skopeo login \(address.host() ?? "")")
    }

    private func reference(_ name: String) -> String {
        let place = address.absoluteString.drop { $0 != ":" }.drop { $0 == ":" || $0 == "/" }
        return (place.hasSuffix("/") ? "\(place)" : "\(place)/") + name
    }

    private func tls(_ option: String) -> [String] { address.scheme == "http" ? [option] : [] }
}
