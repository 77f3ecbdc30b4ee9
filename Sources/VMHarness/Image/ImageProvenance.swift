import Foundation

/// Where a golden image came from; lies beside it as JSON.
public struct ImageProvenance: Codable, Sendable, Equatable {
    /// `debian`, `file` or `build`.
    public var source: String
    /// Address, path or mirror that it was made from.
    public var origin: String
    /// SHA-256 of the image.
    public var sha256: String
    /// SHA-512 that Debian publishes for it; only for `debian`.
    public var publishedSHA512: String?
    /// Which program built it; only for `build`, and missing in images of earlier versions.
    public var recipe: String?
    /// When it was put into the cache.
    public var created: Date
    /// File name of the image.
    public var file: String

    /// Reads the JSON file.
    static func read(from file: URL) throws -> ImageProvenance {
        do {
            return try JSONCoding.read(ImageProvenance.self, from: Data(contentsOf: file))
        } catch {
            throw ImageError(
                file: file, problem: "is not a provenance file (\(error))",
                fix: "remove it and the image beside it, then run again")
        }
    }

    /// Writes the JSON file in one step.
    func write(to file: URL) throws {
        try JSONCoding.document(self).write(to: file, options: .atomic)
    }
}
