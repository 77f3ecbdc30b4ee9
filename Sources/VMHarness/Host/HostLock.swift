import Foundation

/// One run at a time on a host, whoever starts it.
public struct HostLock: Sendable {
    private let lock: FileLock
    /// The lock's file; the same for all users.
    public static let file = URL(filePath: "/run/lock/boma-it.lock")

    /// Takes the lock for a run.
    ///
    /// - Throws: ``HarnessTrouble`` naming the holder when another run has it.
    public init(run: String, file: URL = HostLock.file) throws {
        guard let lock = try FileLock(file, mode: 0o666) else {
            let holder = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            throw HarnessTrouble(
                "another run holds the host", why: holder.isEmpty ? "it does not say which" : printable(holder),
                fix: "wait for it, or end it with Ctrl-C where it runs, or with kill -INT and its pid")
        }
        let pid = ProcessInfo.processInfo.processIdentifier
        lock.write("run \(run), pid \(pid), user \(NSUserName()), since \(Date().ISO8601Format())")
        self.lock = lock
    }
}
