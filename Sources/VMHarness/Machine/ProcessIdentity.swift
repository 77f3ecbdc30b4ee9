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
    public static var current: ProcessIdentity {
        let pid = ProcessInfo.processInfo.processIdentifier
        return ProcessIdentity(pid: pid, start: startTime(of: pid) ?? "", hostBoot: currentBoot)
    }

    /// Whether that very process is still running.
    public var isAlive: Bool {
        hostBoot == Self.currentBoot && Self.startTime(of: pid) == start
    }

    private static var currentBoot: String {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    private static func startTime(of pid: Int32) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        // The name before the bracket may hold anything; the fields after it are 3, 4, …
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }
}
