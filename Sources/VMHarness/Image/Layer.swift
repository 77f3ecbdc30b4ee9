import Foundation

/// A checkpoint of a subject: a read-only disk between the golden image and an overlay, and, when it is warm, the memory
/// of the guest that was running on it.
public struct Layer: Sendable {
    /// What it was made of.
    public let record: LayerRecord
    /// Its folder.
    public let folder: URL

    /// The disk: a qcow2 over the parent's, or over the golden image.
    public var disk: URL { Self.disk(in: folder) }
    /// The guest's memory as `virsh save` wrote it.
    public var memory: URL { Self.memory(in: folder) }
    /// Whether it has a memory to restore.
    public var isWarm: Bool { record.files[Self.memory(in: folder).lastPathComponent] != nil }

    static func disk(in folder: URL) -> URL { folder.appending(path: "disk.qcow2") }
    static func memory(in folder: URL) -> URL { folder.appending(path: "memory.save") }
}
