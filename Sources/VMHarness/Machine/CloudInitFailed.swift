/// cloud-init ended with an error in a guest that lets us in.
public struct CloudInitFailed: BlamedError, CustomStringConvertible, Sendable, Equatable {
    /// What it said, a line each; before that why, when it can't know.
    public let errors: [String]

    /// What is said about a disk without room, which cloud-init itself calls the failure of a unit.
    static let fullDisk = "/ is full"

    /// Reads the answer of `cloud-init status --long`, and what stands before it.
    init(status: String) {
        let lines = status.lines
        let list = lines.drop { $0 != "errors:" }.dropFirst().prefix { $0.hasPrefix("-") }
        errors = lines.filter { $0 == Self.fullDisk } + list.map { printable($0.trimmingPrefix("- ")) }
    }

    /// The host's.
    public var blame: Blame { .host }

    /// The errors.
    public var description: String {
        "cloud-init failed: \(errors.isEmpty ? "it gave no reason" : errors.joined(separator: "; "))"
    }
}
