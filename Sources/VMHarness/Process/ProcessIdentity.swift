import Foundation
import Glibc

/// A process that can still be told apart after its number has been used again.
public struct ProcessIdentity: Codable, Sendable, Equatable {
    /// Its number, in its own PID namespace.
    public let pid: Int32
    /// When it started, in clock ticks since the host's boot (proc(5), field 22 of `stat`).
    public let start: String
    /// The boot of the host that both belong to.
    public let hostBoot: String
    /// Its PID namespace, by the number of its inode; `nil` when nobody noted it.
    public let namespace: String?

    /// What can be said of a process from here.
    public enum Presence: Sendable, Equatable {
        /// It runs.
        case running
        /// It has ended.
        case gone
        /// It can't be told, for this reason.
        case hidden(String)
    }

    /// The calling process.
    public static let current = ProcessIdentity(
        // By "self" and not by its number: this /proc may be another namespace's, in which it has another one.
        pid: getpid(), start: stat(of: "self").flatMap(startTime(inStat:)) ?? "", hostBoot: currentBoot,
        namespace: currentNamespace)

    /// The process that has this number now.
    init(of pid: Int32) {
        self.init(
            pid: pid, start: Self.stat(of: "\(pid)").flatMap(Self.startTime(inStat:)) ?? "",
            hostBoot: Self.currentBoot, namespace: Self.currentNamespace)
    }

    /// A process as somebody wrote it down.
    public init(pid: Int32, start: String, hostBoot: String, namespace: String? = nil) {
        self.pid = pid
        self.start = start
        self.hostBoot = hostBoot
        self.namespace = namespace
    }

    /// Whether that very process is seen running. One that has ended and was not collected by its parent is not.
    public var isAlive: Bool { presence == .running }

    /// Whether it has ended for certain. Whoever removes what it owned asks this, never ``isAlive``.
    public var isGone: Bool { presence == .gone }

    /// Whether it runs.
    public var presence: Presence {
        // Before the boot is looked at: a container may have a boot id of its own (systemd-nspawn gives it one).
        if let namespace, namespace != Self.currentNamespace {
            return .hidden("its PID namespace (\(namespace)) is another one than this process's")
        }
        guard pid > 0, !hostBoot.isEmpty, !Self.currentBoot.isEmpty else { return .hidden("nobody noted which it is") }
        guard hostBoot == Self.currentBoot else { return .gone }
        let stat = Self.seesOwnNamespace ? Self.stat(of: "\(pid)") : nil
        return presence(stat: stat, signalling: kill(pid, 0) == 0 ? 0 : errno)
    }

    /// The same with what somebody has seen in this namespace and boot.
    ///
    /// - Parameters:
    ///   - stat: its line in `/proc`; `nil` when there is none or it can't be read, which with the mount option `hidepid`
    ///     is the same for other users' processes.
    ///   - error: what signalling its number ran into (kill(2)); 0 for nothing. The kernel tells there that a process
    ///     exists whatever `/proc` hides.
    func presence(stat: String?, signalling error: Int32) -> Presence {
        if let stat, !start.isEmpty { return Self.startTime(inStat: stat) == start ? .running : .gone }
        return error == ESRCH ? .gone : .hidden("/proc does not show process \(pid) to this user")
    }

    /// All of it as one word, for an environment variable or a mark.
    public var text: String { "\(pid):\(start):\(hostBoot)" + (namespace.map { ":\($0)" } ?? "") }

    /// Reads ``text`` again; `nil` when it is none.
    public init?(text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (3...4).contains(parts.count), let pid = Int32(parts[0]), pid > 0, !parts[1].isEmpty, !parts[2].isEmpty
        else { return nil }
        guard parts.count == 3 || UInt64(parts[3]) != nil else { return nil }
        self.init(
            pid: pid, start: String(parts[1]), hostBoot: String(parts[2]),
            namespace: parts.count == 4 ? String(parts[3]) : nil)
    }

    // MARK: - From here

    private static let currentBoot: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }()

    /// `pid:[4026531836]`, of which the number counts.
    private static let currentNamespace: String? = {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        let number = link?.filter(\.isNumber) ?? ""
        return number.isEmpty ? nil : number
    }()

    /// Whether `/proc` numbers processes as this one's namespace does.
    private static let seesOwnNamespace: Bool = {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self")) == "\(getpid())"
    }()

    private static func stat(of pid: String) -> String? {
        try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    }

    /// The start in a line of `/proc/…/stat`; `nil` for a zombie.
    static func startTime(inStat stat: String) -> String? {
        let fields = fields(ofStat: stat)
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }

    /// Parent and session in a line of `/proc/…/stat`.
    static func family(inStat stat: String) -> (parent: Int32, session: Int32)? {
        let fields = fields(ofStat: stat)
        guard fields.count > 3, let parent = Int32(fields[1]), let session = Int32(fields[3]) else { return nil }
        return (parent, session)
    }

    /// The fields 3, 4, … of a line of `/proc/…/stat`; the name before them may hold anything.
    private static func fields(ofStat stat: String) -> [Substring] {
        stat.lastIndex(of: ")").map { stat[stat.index(after: $0)...].split(separator: " ") } ?? []
    }
}
