import Foundation

/// Archives of container images, as `docker save` and `podman save` make them.
struct ImageArchives {
    /// An archive, or a folder of them.
    let place: URL
    let runner: any CommandRunner

    private struct Manifest: Decodable {
        let RepoTags: [String]?
    }

    /// The archives by the names of the images that they hold.
    ///
    /// - Throws: ``HarnessTrouble`` when what was supplied is missing or is no archive of images.
    func images() async throws -> [String: URL] {
        var found: [String: URL] = [:]
        for file in try files() {
            let result = try await runner.run(
                Command(
                    "tar", ["--extract", "--to-stdout", "--file", file.path, "manifest.json"], limit: .seconds(120)))
            guard result.succeeded,
                let manifests = try? JSONDecoder().decode([Manifest].self, from: Data(result.output.utf8))
            else {
                throw HarnessTrouble(
                    "BOMA_IT_IMAGES: \(file.path)", why: "is not an archive of container images",
                    fix: "make it with: docker save --output \(file.lastPathComponent) IMAGE:TAG")
            }
            for name in manifests.flatMap({ $0.RepoTags ?? [] }) { found[Self.short(name)] = file }
        }
        return found
    }

    /// A name as Docker writes it; podman's has the registry in front.
    private static func short(_ name: String) -> String {
        for registry in ["docker.io/library/", "docker.io/"] where name.hasPrefix(registry) {
            return String(name.dropFirst(registry.count))
        }
        return name
    }

    private func files() throws -> [URL] {
        guard let found = FileAttributes(of: place) else {
            throw HarnessTrouble("BOMA_IT_IMAGES: \(place.path)", why: "does not exist", fix: "correct the path")
        }
        guard found.isFolder else { return [place] }
        let endings = [".tar", ".tar.gz", ".tar.zst", ".tgz"]
        return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
            .filter { name in endings.contains { name.hasSuffix($0) } }.map { place.appending(path: $0) }
    }
}
