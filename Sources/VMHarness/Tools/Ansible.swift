import Foundation

/// Ansible's command-line tools with an environment in which nothing of the user's own settings applies.
public struct Ansible: Sendable {
    let runner: any CommandRunner
    let environment: [String: String]
    let sandbox: NetworkSandbox
    let vaultPassword: String?

    /// - Parameters:
    ///   - environment: must name the configuration file; see `PlaySettings`.
    ///   - sandbox: where they run.
    ///   - vaultPassword: what they read from their standard input; see `VaultPassword`.
    public init(
        runner: any CommandRunner, environment: [String: String], sandbox: NetworkSandbox, vaultPassword: String? = nil
    ) {
        self.runner = runner
        self.sandbox = sandbox
        self.environment = environment
        self.vaultPassword = vaultPassword
    }

    /// The same tools with other variables in their environment.
    func with(_ variables: [String: String], runner other: (any CommandRunner)? = nil) -> Ansible {
        Ansible(
            runner: other ?? runner, environment: environment.merging(variables) { $1 }, sandbox: sandbox,
            vaultPassword: vaultPassword)
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
        var command = Command(
            tool, arguments, environment: environment.merging(extra) { $1 }, input: vaultPassword,
            limit: limit, isShownLive: isShownLive)
        command.wrapper = sandbox.wrapper
        command.runsUsersPrograms = true
        // An inventory is read as a whole; what is shown live is there for its end only.
        if !isShownLive { command = command.keepingAllOutput() }
        return try await runner.run(command)
    }
}
