import Foundation

/// A verified, read-only image that machines are laid over. Nothing ever writes to it.
public struct GoldenImage: Sendable {
    /// The qcow2 file.
    public let file: URL
    /// Where it came from.
    public let provenance: ImageProvenance
}
