import Foundation
import Glibc

/// Tools whose boma-it was killed: nobody told them to end. Known by variables in their environment, not by their name.
///
/// What they have started is ended, too, with one exception: daemons of a tool that runs the user's own programs
/// (``Command/runsUsersPrograms``). A vault's program may start the user's `gpg-agent`, which inherits the environment and
/// serves the user on. Such a one has left the session of boma-it, and its parent is gone.
public enum StrayProcesses {
    /// Names the process that started a tool; everything that the tool starts inherits it.
    static let variable = "BOMA_IT_OWNER"
    /// Names the session (setsid(2)) of that process, where not everything that a tool starts is ours.
    static let session = "BOMA_IT_SESSION"

    /// What a tool's environment says about who started it.
    static func marks(for command: Command) -> [String: String] {
        let own = [variable: ProcessIdentity.current.text]
        return command.runsUsersPrograms ? own.merging([session: "\(getsid(0))"]) { $1 } : own
    }

    /// A process with our marks.
    struct Marked: Equatable {
        let pid: Int32
        let parent: Int32
        let session: Int32
        /// The session that its mark names; `nil` when everything that bears the mark is ours.
        let ownersSession: Int32?
    }

    /// Those whose owner is gone, as far as this user may look.
    static func all() -> [ProcessIdentity] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let orphans = names.compactMap { Int32($0) }.compactMap(orphan)
        return tools(among: orphans).map { ProcessIdentity(of: $0.pid) }
    }

    /// Those that are tools, or were started by one that is still there.
    static func tools(among orphans: [Marked]) -> [Marked] {
        var tools = orphans.filter { $0.ownersSession == nil || $0.session == $0.ownersSession }
        var found: [Marked]
        repeat {
            let known = Set(tools.map(\.pid))
            found = orphans.filter { known.contains($0.parent) && !known.contains($0.pid) }
            tools += found
        } while !found.isEmpty
        return tools
    }

    private static func orphan(_ pid: Int32) -> Marked? {
        // Unreadable for other users' processes, empty for zombies and the kernel's own.
        guard pid != ProcessIdentity.current.pid, let handle = FileHandle(forReadingAtPath: "/proc/\(pid)/environ")
        else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: 1 << 20), let owner = owner(inEnvironment: data), owner.isGone,
            let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let family = ProcessIdentity.family(inStat: stat)
        else { return nil }
        return Marked(
            pid: pid, parent: family.parent, session: family.session,
            ownersSession: value(of: session, inEnvironment: data).flatMap { Int32($0) })
    }

    /// The owner that a process's environment, as `/proc/…/environ` has it, names.
    static func owner(inEnvironment data: Data) -> ProcessIdentity? {
        value(of: variable, inEnvironment: data).flatMap { ProcessIdentity(text: $0) }
    }

    private static func value(of name: String, inEnvironment data: Data) -> String? {
        let prefix = Data("\(name)=".utf8)
        guard let entry = data.split(separator: 0).first(where: { $0.starts(with: prefix) }) else { return nil }
        return String(decoding: entry.dropFirst(prefix.count), as: UTF8.self)
    }

    /// Ends them: SIGTERM, and SIGKILL after three seconds.
    ///
    /// - Returns: their numbers.
    @discardableResult
    public static func end() async -> [Int32] {
        let strays = all()
        func tell(_ number: Int32) {
            // Ask again: the number may belong to another process by now.
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
