import Foundation
import Glibc

/// An advisory lock on a file; the kernel lets go of it when the process ends, however it ends.
public final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock without waiting.
    ///
    /// - Returns: `nil` when another process holds it.
    /// - Throws: `POSIXError` when the file can't be opened or made.
    public init?(_ file: URL, mode: mode_t = 0o600) throws {
        // Opened without O_CREAT first: in a sticky folder the kernel refuses O_CREAT for another user's file
        // (proc(5), protected_regular).
        var opened = open(file.path, O_RDWR | O_CLOEXEC)
        if opened < 0, errno == ENOENT {
            opened = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, mode)
            if opened >= 0 { fchmod(opened, mode) }
        }
        guard opened >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            return nil
        }
        descriptor = opened
    }

    /// Replaces the file's content: a note for others about who holds the lock.
    public func write(_ note: String) {
        ftruncate(descriptor, 0)
        _ = note.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
