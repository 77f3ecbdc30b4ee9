/// cloud-init ended with an error in a guest that lets us in.
public struct CloudInitFailed: Error, CustomStringConvertible, Sendable, Equatable {
    /// What it said, a line each.
    public let errors: [String]

    /// Reads the answer of `cloud-init status --long`.
    init(status: String) {
        let lines = status.lines
        let list = lines.drop { $0 != "errors:" }.dropFirst().prefix { $0.hasPrefix("-") }
        errors = list.map { printable($0.trimmingPrefix("- ")) }
    }

    /// The errors.
    public var description: String {
        "cloud-init failed: \(errors.isEmpty ? "it gave no reason" : errors.joined(separator: "; "))"
    }
}
