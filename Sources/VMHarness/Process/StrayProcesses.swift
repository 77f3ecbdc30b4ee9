import Foundation

/// Tools whose boma-it was killed: nobody told them to end. Known by a variable in their environment, not by their name.
public enum StrayProcesses {
    /// Names the process that started a tool; everything that the tool starts inherits it.
    static let variable = "BOMA_IT_OWNER"

    /// Those whose owner is gone, as far as this user may look.
    static func all() -> [ProcessIdentity] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            guard pid != ProcessIdentity.current.pid, let owner = owner(of: pid) else { return false }
            return owner.isGone
        }.map(ProcessIdentity.init(of:))
    }

    private static func owner(of pid: Int32) -> ProcessIdentity? {
        // Unreadable for other users' processes, empty for zombies and the kernel's own.
        guard let handle = FileHandle(forReadingAtPath: "/proc/\(pid)/environ") else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: 1 << 20) else { return nil }
        return owner(inEnvironment: data)
    }

    /// The owner that a process's environment, as `/proc/…/environ` has it, names.
    static func owner(inEnvironment data: Data) -> ProcessIdentity? {
        let prefix = Data("\(variable)=".utf8)
        guard let entry = data.split(separator: 0).first(where: { $0.starts(with: prefix) }) else { return nil }
        return ProcessIdentity(text: String(decoding: entry.dropFirst(prefix.count), as: UTF8.self))
    }

    /// Ends them: SIGTERM, and SIGKILL after three seconds.
    ///
    /// - Returns: their numbers.
    @discardableResult
    public static func end() async -> [Int32] {
        let strays = all()
        func tell(_ number: Int32) {
            // Asked once more: the number may belong to somebody else by now.
            for stray in strays where stray.isAlive { ChildProcess.signal(number, to: stray.pid) }
        }
        for number: Int32 in [15, 9] {
            tell(number)
            let deadline = Deadline(after: .seconds(3))
            while strays.contains(where: \.isAlive), !deadline.hasPassed {
                guard (try? await pause(for: .milliseconds(50))) != nil else { break }
            }
        }
        return strays.map(\.pid)
    }
}
