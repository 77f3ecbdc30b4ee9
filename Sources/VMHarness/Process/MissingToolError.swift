/// A tool that a run needs is not on this machine.
public struct MissingToolError: BlamedError, CustomStringConvertible, Sendable {
    /// Name of the tool.
    public let tool: String

    /// Ours.
    public var blame: Blame { .harness }
    /// What brings it.
    public var remedy: String? { "make setup" }

    /// The tool and how to get it.
    public var description: String {
        "\(tool) is not installed (not found in PATH); install what is missing with: make setup"
    }
}
