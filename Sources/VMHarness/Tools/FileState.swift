import Foundation

/// What the file system says about a file: while it is the same, nobody has written to the file. The time of the last
/// change of an inode can't be set by anybody, so a modification time that was put back does not help.
public struct FileState: Sendable, Equatable {
    /// Device, inode, size, time of the last modification and of the last change of the inode.
    let identity: String
    /// Disk that it takes, in bytes.
    let allocatedBytes: Int

    /// `stat`'s format for ``init(line:)``.
    static let format = "%b %d %i %s %y %z"

    /// Parses a line in ``format``; `nil` when it isn't one.
    init?(line: Substring) {
        let parts = line.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let blocks = Int(parts[0]) else { return nil }
        // Blocks of 512 bytes, whatever the file system's own are (stat(1), %B).
        allocatedBytes = blocks * 512
        identity = String(parts[1])
    }
}
