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

    /// The plain files below `folder`, by name, at most 500. Links are left out: they could lead anywhere.
    ///
    /// - Parameter run: the run's folder, which `folder` lies in.
    public static func all(in folder: URL, of run: URL) -> [EvidenceFile] {
        let root = folder.standardizedFileURL.path
        let prefix = run.standardizedFileURL.path + "/"
        guard root.hasPrefix(prefix), let names = FileManager.default.enumerator(atPath: root) else { return [] }
        var files: [EvidenceFile] = []
        for case let name as String in names {
            let path = "\(root)/\(name)"
            guard let facts = try? FileManager.default.attributesOfItem(atPath: path),
                facts[.type] as? FileAttributeType == .typeRegular
            else { continue }
            files.append(
                EvidenceFile(
                    path: String(path.dropFirst(prefix.count)), bytes: (facts[.size] as? NSNumber)?.intValue ?? 0))
            if files.count == 500 { break }
        }
        return files.sorted { $0.path < $1.path }
    }
}
