import Foundation

/// One run at a time on a host, whoever starts it.
public struct HostLock: Sendable {
    private let lock: FileLock
    /// The lock's file; the same for all users.
    public static let file = URL(filePath: "/run/lock/boma-it.lock")

    /// Takes the lock.
    ///
    /// - Parameter run: who is named to others as its holder; ``note(run:)`` says it later where it is not known yet.
    /// - Throws: ``HarnessTrouble`` naming the holder when another run has it.
    public init(run: String? = nil, file: URL = HostLock.file) throws {
        guard let lock = try FileLock(file, mode: 0o666) else {
            throw HarnessTrouble(
                "another run uses this control host", why: Self.holder(file),
                fix:
                    "wait for it (boma-it survive --wait), or end it: Ctrl-C where it runs, or kill -INT and its pid"
            )
        }
        self.lock = lock
        note(run: run ?? "that is about to begin")
    }

    /// Takes the lock as soon as nobody else has it, however long that takes.
    ///
    /// - Parameter say: is told who has it, whenever that is somebody else than before.
    /// - Throws: `CancellationError` when the task is cancelled; `POSIXError` when the file can't be opened or made.
    public static func wait(file: URL = HostLock.file, say: @Sendable (String) -> Void) async throws -> HostLock {
        var told: String?
        while true {
            if let lock = try FileLock(file, mode: 0o666) {
                let taken = HostLock(lock: lock)
                taken.note(run: "that is about to begin")
                return taken
            }
            let holder = holder(file)
            if holder != told { say("waiting for another run to end: \(holder)") }
            told = holder
            try await pause(for: .seconds(1))
        }
    }

    private init(lock: FileLock) { self.lock = lock }

    /// Names the run that holds the lock, for others.
    func note(run: String) {
        let pid = ProcessInfo.processInfo.processIdentifier
        lock.write("run \(run), pid \(pid), user \(NSUserName()), since \(Date().ISO8601Format())")
    }

    private static func holder(_ file: URL) -> String {
        let holder = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return holder.isEmpty ? "it does not say who it is" : printable(holder)
    }
}
