import Foundation
import Glibc

/// A file in memory that has no name: for what tools are given or say that is secret. It is gone with this process, however
/// that ends. POSIX shared memory (shm_overview(7)), as Swift does not see memfd_create(2).
final class MemoryFile: Sendable {
    private let descriptor: Int32

    /// One with a text in it, which only this user can read and nobody can run.
    ///
    /// - Throws: `POSIXError` when there is no memory for it.
    init(_ text: String = "") throws {
        let name = "/boma-it-\(UUID().uuidString)"
        // Not executable: Ansible would take a password's file for a program.
        descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        shm_unlink(name)
        do {
            try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: Data(text.utf8))
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Where this process, and a child that it is starting, can open it anew.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// The same as a URL.
    var url: URL { URL(filePath: path) }
}
