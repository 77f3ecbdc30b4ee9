import Foundation

/// OpenSSH's client with a configuration file that knows one host and refuses all others.
public struct SSHClient: Sendable {
    /// Runs `ssh`, and other tools beside it.
    package let runner: any CommandRunner
    /// The `ssh_config` file that is used instead of the user's and the system's.
    public let configFile: URL
    /// Alias of the one host in that file.
    public let host: String

    /// Uses the given configuration only.
    public init(runner: any CommandRunner, configFile: URL, host: String) {
        self.runner = runner
        self.configFile = configFile
        self.host = host
    }

    /// Runs a shell script on the host as root and returns how it ended.
    ///
    /// The script travels over standard input, so it needs no quoting and stays out of every process list.
    /// - Parameters:
    ///   - script: what `bash` is to run.
    ///   - arguments: its positional parameters; visible in the guest's process list.
    ///   - isFresh: a connection of its own instead of the shared one: proves that a login works now.
    ///   - overrides: settings of `ssh_config(5)` that win over the configuration, such as `IdentityFile=…`.
    public func runAsRoot(
        _ script: String, arguments: [String] = [], limit: Duration, isFresh: Bool = false, isPoll: Bool = false,
        overrides: [String] = []
    ) async throws -> CommandResult {
        // Read by bash itself: to start `cat` for it costs an emulated guest as much as the whole way there. More characters
        // than bytes there can't be, and a count that is too high ends with the input.
        let words =
            ["sudo", "bash", "-c", #"read -r -N \#(script.utf8.count); eval "$REPLY""#, "bash"] + arguments
        return try await runner.run(
            Command(
                "ssh",
                options(isFresh: isFresh) + overrides.flatMap { ["-o", $0] }
                    + [host, words.map(shellQuoted).joined(separator: " ")],
                input: script, limit: limit, isPoll: isPoll))
    }

    /// Runs a Python program on the host as root; the program travels over standard input. Its answer is kept as a whole, and
    /// may have 16 MiB: a hostile one is read into memory.
    public func runPythonAsRoot(_ program: String, arguments: [String], limit: Duration) async throws -> CommandResult {
        let words = ["sudo", "python3", "-"] + arguments
        return try await runner.run(
            Command(
                "ssh", options(isFresh: false) + [host, words.map(shellQuoted).joined(separator: " ")],
                input: program, limit: limit
            ).keepingAllOutput(upTo: 16 << 20))
    }

    /// Copies a file or a folder to the host, as the login user.
    ///
    /// - Throws: ``CommandError`` when it doesn't arrive.
    public func copy(_ source: URL, to target: String, limit: Duration) async throws {
        try await runner.run(
            Command("scp", ["-F", configFile.path, "-q", "-r", source.path, "\(host):\(target)"], limit: limit)
        ).requireSuccess("copying \(source.lastPathComponent) into the machine")
    }

    /// Whether the shared connection is open (ssh(1), `-O check`).
    public func hasSharedConnection() async throws -> Bool {
        try await runner.run(
            Command("ssh", ["-F", configFile.path, "-O", "check", host], limit: .seconds(10), isPoll: true)
        ).succeeded
    }

    /// Ends the shared connection. After a reboot it leads nowhere.
    public func dropSharedConnection() async throws {
        _ = try await runner.run(
            Command("ssh", ["-F", configFile.path, "-O", "exit", host], limit: .seconds(10), isPoll: true))
    }

    private func options(isFresh: Bool) -> [String] {
        let own = isFresh ? ["-o", "ControlMaster=no", "-o", "ControlPath=none"] : []
        return ["-F", configFile.path] + own
    }
}
