/// An environment variable of ours has a value that can't be used.
public struct ConfigurationError: Error, CustomStringConvertible, Equatable {
    /// Name of the variable.
    public let variable: String
    /// What it is set to.
    public let value: String
    /// What would be accepted.
    public let expected: String

    /// One line: the variable, its value and the fix.
    public var description: String {
        "environment variable \(variable) is '\(value)'; set it to \(expected), or unset it"
    }
}
