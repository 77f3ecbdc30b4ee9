import Foundation

/// Real container images that the operator supplies (`BOMA_IT_IMAGES`): archives of `docker save`.
struct ImageArchives {
    /// An archive, or a folder of them; `nil` when none are supplied.
    let place: URL?
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
                    "BOMA_IT_IMAGES: \(file.path)", why: "is no archive of container images",
                    fix: "make it with: docker save --output \(file.lastPathComponent) IMAGE:TAG")
            }
            for name in manifests.flatMap({ $0.RepoTags ?? [] }) { found[name] = file }
        }
        return found
    }

    private func files() throws -> [URL] {
        guard let place else { return [] }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
            throw HarnessTrouble("BOMA_IT_IMAGES: \(place.path)", why: "does not exist", fix: "correct the path")
        }
        guard isFolder.boolValue else { return [place] }
        let endings = [".tar", ".tar.gz", ".tar.zst", ".tgz"]
        return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
            .filter { name in endings.contains { name.hasSuffix($0) } }.map { place.appending(path: $0) }
    }
}
