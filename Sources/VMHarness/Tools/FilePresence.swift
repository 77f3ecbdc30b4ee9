import Foundation
import Glibc

/// Whether something lies at a path. "May not be looked at" is an answer of its own: it says nothing about what is there.
enum FilePresence: Sendable, Equatable {
    /// Something is there; a symbolic link counts as itself.
    case there
    /// Nothing is.
    case missing
    /// It can't be told, for this reason.
    case hidden(String)

    /// Looks at a path.
    init(of file: URL) {
        var facts = stat()
        guard lstat(file.path, &facts) != 0 else {
            self = .there
            return
        }
        let code = errno
        self = [ENOENT, ENOTDIR].contains(code) ? .missing : .hidden(String(cString: strerror(code)))
    }
}
