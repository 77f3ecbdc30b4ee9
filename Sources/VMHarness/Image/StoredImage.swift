import Foundation

/// A golden image in the cache, as a list shows it.
public struct StoredImage: Codable, Sendable, Equatable {
    /// Path of the qcow2 file.
    public var file: String
    /// `debian`, `file` or `build`.
    public var source: String
    /// Address, path or mirror that it was made from.
    public var origin: String
    /// SHA-256 that it has to have.
    public var sha256: String
    /// Its size; 0 when the file is gone.
    public var bytes: Int
    /// When it was put into the cache.
    public var created: Date
    /// Machines and layers that lie over it.
    public var usedBy: [String]
    /// Whether the next run takes it.
    public var isNext: Bool
}
