import Foundation

/// Ansible's command-line tools with an environment in which nothing of the user's own settings applies.
public struct Ansible: Sendable {
    let runner: any CommandRunner
    let environment: [String: String]

    /// - Parameter environment: must name the configuration file; see `PlaySettings`.
    public init(runner: any CommandRunner, environment: [String: String]) {
        self.runner = runner
        self.environment = environment
    }

    /// Runs one of the tools.
    public func run(_ tool: String, _ arguments: [String], limit: Duration, isShownLive: Bool = false) async throws
        -> CommandResult
    {
        try await runner.run(
            Command(tool, arguments, environment: environment, limit: limit, isShownLive: isShownLive))
    }
}
