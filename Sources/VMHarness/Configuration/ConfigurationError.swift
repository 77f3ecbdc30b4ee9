/// An environment variable of ours has a value that can't be used.
public struct ConfigurationError: BlamedError, CustomStringConvertible, Equatable {
    /// Name of the variable.
    public let variable: String
    /// What it is set to.
    public let value: String
    /// What would be accepted.
    public let expected: String

    private func visible(_ text: String) -> String {
        // Escaped by hand: this room may not use Text.
        text.unicodeScalars.prefix(200).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format: "\\u{\(String(scalar.value, radix: 16))}"
            default: String(scalar)
            }
        }.joined()
    }

    /// Ours: nothing was begun.
    public var blame: Blame { .harness }

    /// One line: the variable, its value and the fix.
    public var description: String {
        "environment variable \(visible(variable)) is '\(visible(value))'; set it to \(expected), or unset it"
    }
}
