import Foundation

/// What a layer was made of; lies beside it as JSON.
public struct LayerRecord: Codable, Sendable, Equatable {
    /// Hash of all inputs.
    public var key: String
    /// Host that it is a stage of.
    public var subject: String
    /// Digest of each input, by name: what a later run compares to say why it can't use the layer.
    public var inputs: [String: String]
    /// SHA-256 of the qcow2 file.
    public var sha256: String
    /// When it was made.
    public var created: Date
    /// When it was last used; the store drops the one whose use is longest ago.
    public var lastUsed: Date
}
