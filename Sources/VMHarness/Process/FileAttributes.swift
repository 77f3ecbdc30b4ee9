import Foundation
import Glibc

/// What a path leads to now, asked of the kernel.
public struct FileAttributes: Sendable {
    /// Whether it is a regular file: neither a folder nor a pipe nor a device.
    public let isRegular: Bool
    /// Whether it is a folder.
    public let isFolder: Bool
    /// Whether it is a pipe, with a name or without.
    public let isPipe: Bool
    /// Its size in bytes.
    public let bytes: Int

    /// Looks at a path; `nil` when nothing is there, or it can't be told.
    ///
    /// - Parameter followingLinks: whether a symbolic link is passed over to what it leads to. Not for what strangers wrote:
    ///   a link of theirs could lead anywhere.
    public init?(of file: URL, followingLinks: Bool = true) {
        var facts = stat()
        guard (followingLinks ? stat(file.path, &facts) : lstat(file.path, &facts)) == 0 else { return nil }
        isRegular = facts.st_mode & S_IFMT == S_IFREG
        isFolder = facts.st_mode & S_IFMT == S_IFDIR
        isPipe = facts.st_mode & S_IFMT == S_IFIFO
        bytes = Int(facts.st_size)
    }

    /// Whether a path leads, over symbolic links too, to a regular file.
    public static func isRegular(_ file: URL) -> Bool { FileAttributes(of: file)?.isRegular == true }

    /// Whether a path leads, over symbolic links too, to a folder.
    public static func isFolder(_ folder: URL) -> Bool { FileAttributes(of: folder)?.isFolder == true }

    /// The size of what a path leads to, in bytes; 0 when it can't be told.
    public static func size(of file: URL) -> Int { FileAttributes(of: file)?.bytes ?? 0 }
}
