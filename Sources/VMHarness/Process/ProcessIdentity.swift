import Foundation

/// A process that can still be told apart after its number has been used again.
public struct ProcessIdentity: Codable, Sendable, Equatable {
    /// Its number.
    public let pid: Int32
    /// When it started, in clock ticks since the host's boot (proc(5), field 22 of `stat`).
    public let start: String
    /// The boot of the host that both belong to.
    public let hostBoot: String

    /// The calling process.
    public static let current = ProcessIdentity(of: ProcessInfo.processInfo.processIdentifier)

    /// The process that has this number now.
    init(of pid: Int32) {
        self.init(pid: pid, start: Self.startTime(of: pid) ?? "", hostBoot: Self.currentBoot)
    }

    /// A process as somebody wrote it down.
    public init(pid: Int32, start: String, hostBoot: String) {
        self.pid = pid
        self.start = start
        self.hostBoot = hostBoot
    }

    /// Whether that very process is still running. One that has ended and was not collected by its parent is not.
    public var isAlive: Bool {
        !start.isEmpty && hostBoot == Self.currentBoot && Self.startTime(of: pid) == start
    }

    /// All three as one word, for an environment variable or a mark.
    public var text: String { "\(pid):\(start):\(hostBoot)" }

    /// Reads ``text`` again; `nil` when it is none.
    public init?(text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let pid = Int32(parts[0]), pid > 0, !parts[1].isEmpty, !parts[2].isEmpty else {
            return nil
        }
        self.init(pid: pid, start: String(parts[1]), hostBoot: String(parts[2]))
    }

    private static let currentBoot: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }()

    private static func startTime(of pid: Int32) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        return startTime(inStat: stat)
    }

    /// The start in a line of `/proc/…/stat`; `nil` for a zombie.
    static func startTime(inStat stat: String) -> String? {
        // The name before the bracket may hold anything; the fields after it are 3, 4, …
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }
}
