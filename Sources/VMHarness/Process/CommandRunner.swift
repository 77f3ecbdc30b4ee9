import Foundation

/// Runs commands. The seam between the harness and the machine: unit tests bring one that only records.
public protocol CommandRunner: Sendable {
    /// Runs the command to its end.
    ///
    /// - Returns: how it ended; a non-zero exit and a passed limit are results, not errors.
    /// - Throws: ``MissingToolError``; `CancellationError` after ending the tool when the task is cancelled.
    func run(_ command: Command) async throws -> CommandResult
}
