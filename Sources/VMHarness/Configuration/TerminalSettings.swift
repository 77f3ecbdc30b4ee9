import Foundation

/// What the environment says about the terminal. Read apart from ``HarnessConfiguration``: error messages need it even
/// when the configuration can't be used.
public struct TerminalSettings: Sendable {
    /// Whether colours are allowed, provided that the output goes to a terminal at all.
    public let allowsColour: Bool

    /// Reads the environment; see no-color.org for `NO_COLOR`.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let isRefused = !(environment["NO_COLOR"] ?? "").isEmpty
        allowsColour = !isRefused && environment["TERM"] != "dumb"
    }
}
