/// A tool that a run needs is not on this machine.
public struct MissingToolError: Error, CustomStringConvertible, Sendable {
    /// Name of the tool.
    public let tool: String

    /// The tool and how to get it.
    public var description: String {
        "\(tool) is not installed (not found in PATH); install what is missing with: make setup"
    }
}
