import Foundation
import Glibc

/// Writes files that only their owner can read.
public enum PrivateFile {
    /// Writes a file in one step: a reader sees the old content or the new, never half of it. Only its owner can read it,
    /// from its first byte on.
    ///
    /// - Throws: ``HarnessTrouble`` with the kernel's words when it can't be written, as on a full disk; what was there
    ///   before is still there then.
    static func write(_ content: Data, to file: URL) throws {
        let draft = file.deletingLastPathComponent().appending(path: ".\(UUID().uuidString)").path
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw trouble(file, errno) }
        do {
            defer { close(descriptor) }
            try fill(descriptor, with: content, for: file)
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, file.path) == 0 else {
            let code = errno
            unlink(draft)
            throw trouble(file, code)
        }
    }

    /// The same without the secrets that are known so far.
    static func writeRedacted(_ content: Data, to file: URL) throws {
        try write(Data(Redactor.shared.redact(String(decoding: content, as: UTF8.self)).utf8), to: file)
    }

    /// Writes everything to an open file, whose name is for the error only.
    static func fill(_ descriptor: Int32, with content: Data, for file: URL) throws {
        try content.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw trouble(file, errno) }
                written += count
            }
        }
    }

    private static func trouble(_ file: URL, _ code: Int32) -> HarnessTrouble {
        HarnessTrouble(
            "file \(printable(file.path))", why: "can't be written: \(String(cString: strerror(code)))",
            fix: code == ENOSPC || code == EDQUOT ? "free disk space there" : "look at the folder that it lies in")
    }
}
