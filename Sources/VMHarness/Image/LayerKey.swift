import Foundation

/// Everything that makes a layer what it is, as digests by name.
public struct LayerKey: Sendable, Equatable {
    /// Host that the layer is a stage of.
    public let subject: String
    /// Which stage, such as `packages`.
    public let stage: String
    /// Digest of each input.
    public let inputs: [String: String]
    /// Digest over all of them.
    public let hash: String

    /// Changes whenever the files of a layer mean something else.
    private static let format = "2"

    /// Digests texts and files, all in one call of `sha256sum`.
    ///
    /// - Parameters:
    ///   - texts: inputs by name.
    ///   - trees: folders whose files count, each with its path below the folder, by a name for the folder.
    ///   - scratch: folder for the texts, as files.
    public init(
        subject: String, stage: String, texts: [String: String], trees: [String: URL], scratch: URL,
        runner: any CommandRunner
    ) async throws {
        var files: [String: URL] = [:]
        for (name, tree) in trees {
            for path in Self.files(in: tree) { files["\(name)/\(path)"] = tree.appending(path: path) }
        }
        let folder = scratch.appending(path: "layer-key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (number, text) in texts.sorted(by: { $0.key < $1.key }).enumerated() {
            let file = folder.appending(path: "\(number)")
            try PrivateFile.write(Data(text.value.utf8), to: file)
            files[text.key] = file
        }
        let tools = FileTools(runner: runner)
        var inputs = try await tools.sha256(of: files)
        inputs["layer format"] = Self.format
        inputs["stage"] = stage
        let all = folder.appending(path: "all")
        let lines = inputs.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value)\n" }
        try PrivateFile.write(Data(lines.joined().utf8), to: all)
        hash = try await tools.sha256(of: all)
        self.subject = subject
        self.stage = stage
        self.inputs = inputs
    }

    /// Paths of the regular files below a folder, without what version control and caches put there. Links are followed, as
    /// Ansible does with a role that is one, but not upwards.
    static func files(in tree: URL, within above: Set<String> = []) -> [String] {
        let skipped: Set = [".git", "__pycache__", ".cache"]
        let place = tree.resolvingSymlinksInPath().path
        guard let all = FileManager.default.enumerator(atPath: tree.path) else { return [] }
        var files: [String] = []
        while let path = all.nextObject() as? String {
            if skipped.contains(URL(filePath: path).lastPathComponent) {
                all.skipDescendants()
            } else if all.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
                files.append(path)
            } else if all.fileAttributes?[.type] as? FileAttributeType == .typeSymbolicLink {
                let target = tree.appending(path: path).resolvingSymlinksInPath()
                if FileAttributes.isRegular(target) {
                    files.append(path)
                } else if !above.contains(target.path), !"\(place)/".hasPrefix("\(target.path)/"), target.path != "/" {
                    files += Self.files(in: target, within: above.union([place, target.path])).map { "\(path)/\($0)" }
                }
            }
        }
        return files.sorted()
    }
}
