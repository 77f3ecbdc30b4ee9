import Foundation

/// What a layer was made of; lies in its folder as `layer.json`.
public struct LayerRecord: Codable, Sendable, Equatable {
    /// Hash of all inputs.
    public var key: String
    /// Host that it is a stage of.
    public var subject: String
    /// Which stage of that host, such as `packages`.
    public var stage: String
    /// Key of the layer that it lies over; `nil` when it lies over the golden image.
    public var parent: String?
    /// Digest of each input, by name: what a later run compares to say why it can't use the layer.
    public var inputs: [String: String]
    /// SHA-256 of each file of the layer, by name.
    public var files: [String: String]
    /// When it was made.
    public var created: Date
    /// When it was last used; the store drops the one whose use is longest ago.
    public var lastUsed: Date

    static let fileName = "layer.json"

    /// Reads the record in a layer's folder; `nil` when there is none that can be read.
    static func read(in folder: URL) -> LayerRecord? {
        guard let data = try? Data(contentsOf: folder.appending(path: fileName)) else { return nil }
        return try? JSONCoding.read(LayerRecord.self, from: data)
    }

    /// Writes the record into a layer's folder, in one step.
    func write(in folder: URL) throws {
        try JSONCoding.document(self).write(to: folder.appending(path: Self.fileName), options: .atomic)
    }
}
