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
    ///
    /// - Parameter readsVariableFiles: whether `group_vars` and `host_vars` take part. Without them no file of the vault
    ///   is opened, and nothing decrypted can get into the output or its log.
    public func run(
        _ tool: String, _ arguments: [String], limit: Duration, isShownLive: Bool = false,
        readsVariableFiles: Bool = true
    ) async throws -> CommandResult {
        let extra = readsVariableFiles ? [:] : ["ANSIBLE_VARS_ENABLED": ""]
        return try await runner.run(
            Command(
                tool, arguments, environment: environment.merging(extra) { $1 }, limit: limit, isShownLive: isShownLive)
        )
    }
}
