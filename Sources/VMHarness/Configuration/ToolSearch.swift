import Foundation

/// Where programs are looked for.
public enum ToolSearch {
    /// The tools of administration, which are not in everybody's `PATH` on Debian.
    private static let more = ["/usr/sbin", "/sbin"]

    /// The path of a program; `nil` when it is not installed.
    ///
    /// - Parameters:
    ///   - tool: its name, or an absolute path.
    ///   - path: folders as in `PATH`.
    public static func find(_ tool: String, path: String) -> String? {
        let candidates =
            tool.hasPrefix("/") ? [tool] : (path.split(separator: ":").map(String.init) + more).map { "\($0)/\(tool)" }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
