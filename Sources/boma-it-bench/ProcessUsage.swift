import Foundation

/// What this process has taken so far, from proc(5).
struct ProcessUsage: Equatable {
    /// Largest resident memory ever, in MiB (`VmHWM`).
    let peakMiB: Double
    /// Processor seconds of this process.
    let own: Double
    /// Processor seconds of its children that have ended: ssh and virsh.
    let children: Double

    /// As of now.
    static var current: ProcessUsage? {
        func text(_ name: String) -> String {
            (try? String(contentsOfFile: "/proc/self/\(name)", encoding: .utf8)) ?? ""
        }
        return ProcessUsage(
            status: text("status"), stat: text("stat"), ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Reads the two files; `nil` when they are not what proc(5) says.
    init?(status: String, stat: String, ticksPerSecond: Double) {
        guard
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) }),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        // The fields after the name are 3, 4, …; utime, stime, cutime and cstime are 14 to 17.
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace).map { Double($0) ?? 0 }
        guard fields.count > 14 else { return nil }
        peakMiB = kibibytes / 1024
        own = (fields[11] + fields[12]) / ticksPerSecond
        children = (fields[13] + fields[14]) / ticksPerSecond
    }
}
