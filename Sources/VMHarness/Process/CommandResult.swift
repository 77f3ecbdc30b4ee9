import Foundation

/// How a tool ended. A non-zero exit is a value; ``requireSuccess(_:hint:)`` makes it an error.
public struct CommandResult: Sendable {
    /// What ended the tool.
    public enum Ending: Sendable, Equatable {
        /// It exited with this status.
        case exited(Int32)
        /// This signal ended it.
        case signalled(Int32)
        /// It was ended because its limit had passed.
        case timedOut(Duration)
        /// It was ended because it had written more than so many bytes.
        case tooMuchOutput(Int)
    }

    /// What was run.
    public let command: Command
    /// How it ended.
    public let ending: Ending
    /// How long it ran.
    public let duration: Duration
    /// Its standard output, at most the last ``Command/keptOutput`` bytes.
    public let output: String
    /// Its standard error, at most the last ``Command/keptOutput`` bytes.
    public let errorOutput: String
    /// Where the whole output lies; `nil` for a poll.
    public let log: URL?

    /// Whether it exited with status 0.
    public var succeeded: Bool { ending == .exited(0) }

    /// Returns the result when the tool exited with status 0.
    ///
    /// - Parameters:
    ///   - purpose: what was being done, for the error's first words.
    ///   - hint: what to do about a failure, when that is known.
    /// - Throws: ``CommandError`` otherwise.
    @discardableResult
    public func requireSuccess(_ purpose: String, hint: String? = nil) throws -> CommandResult {
        guard succeeded else { throw CommandError(purpose: purpose, result: self, hint: hint) }
        return self
    }
}
