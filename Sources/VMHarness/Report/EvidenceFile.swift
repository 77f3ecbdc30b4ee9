import Foundation

/// A file that a reader of the report may want to open.
public struct EvidenceFile: Codable, Sendable, Equatable {
    /// Path relative to the run's folder.
    public var path: String
    /// Size in bytes.
    public var bytes: Int

    /// A file by its path relative to the run's folder.
    public init(path: String, bytes: Int) {
        self.path = path
        self.bytes = bytes
    }

    /// The plain files below `folder` that hold something, at most 500: what was asked for after the failure first, the
    /// logs of single commands last. Links are left out: they could lead anywhere.
    ///
    /// - Parameter run: the run's folder, which `folder` lies in.
    public static func all(in folder: URL, of run: URL) -> [EvidenceFile] {
        let root = folder.standardizedFileURL.path
        let prefix = run.standardizedFileURL.path + "/"
        guard root.hasPrefix(prefix), let names = FileManager.default.enumerator(atPath: root) else { return [] }
        var files: [EvidenceFile] = []
        for case let name as String in names {
            let path = "\(root)/\(name)"
            guard let facts = FileAttributes(of: URL(filePath: path), followingLinks: false), facts.isRegular,
                facts.bytes > 0
            else { continue }
            files.append(EvidenceFile(path: String(path.dropFirst(prefix.count)), bytes: facts.bytes))
            if files.count == 5000 { break }
        }
        return Array(files.sorted { ($0.rank, $0.path) < ($1.rank, $1.path) }.prefix(500))
    }

    /// Whether it is what a single command said.
    var isLogOfACommand: Bool { path.split(separator: "/").dropLast().contains("commands") }

    /// How much a reader wants it.
    private var rank: Int {
        path.split(separator: "/").dropLast().contains("evidence") ? 0 : isLogOfACommand ? 2 : 1
    }
}
