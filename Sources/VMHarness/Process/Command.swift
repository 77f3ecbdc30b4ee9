import Foundation

/// One call of an external tool, as data.
public struct Command: Sendable {
    /// Name (looked up in `PATH`) or absolute path of the tool.
    public var tool: String
    /// Arguments, without the tool itself. Never put a secret here: every user of the machine can read them.
    public var arguments: [String]
    /// Variables added to the small environment that all tools get.
    public var environment: [String: String]
    /// Words of the program that starts the tool, such as `unshare --net --`; none when empty.
    public var wrapper: [String] = []
    /// What the tool reads from its standard input; nothing when `nil`.
    public var input: String?
    /// When the tool is ended: SIGTERM, and SIGKILL five seconds later.
    public var limit: Duration
    /// What it may write to each of its outputs, in bytes; then it is ended. Nobody reads more, and a guest may never stop.
    public var outputLimit = 64 << 20
    /// How much of the end of each output the result holds, in bytes: enough to look at. Whoever reads an answer out of it
    /// needs all of it; see ``keepingAllOutput()``.
    public var keptOutput = 1 << 20
    /// Whether it runs programs of the user's, such as a vault's: daemons that those start are not ours to end.
    public var runsUsersPrograms = false
    /// Whether what it says is a secret: it is kept in memory alone then, and has no log.
    public var tellsSecrets = false
    /// Whether its lines are shown while they are written.
    public var isShownLive: Bool
    /// A look that is repeated until it succeeds: leaves no logs of its own.
    public var isPoll: Bool

    /// Describes a call; nothing runs before ``CommandRunner/run(_:)``.
    public init(
        _ tool: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        limit: Duration = .seconds(60), isShownLive: Bool = false, isPoll: Bool = false
    ) {
        self.tool = tool
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.limit = limit
        self.isShownLive = isShownLive
        self.isPoll = isPoll
    }

    /// The same with a result that holds all that the tool writes.
    ///
    /// - Parameter limit: what it may write to each of its outputs, in bytes; as before when `nil`.
    public func keepingAllOutput(upTo limit: Int? = nil) -> Command {
        var command = self
        if let limit { command.outputLimit = limit }
        command.keptOutput = command.outputLimit
        return command
    }

    /// The call as one could paste it into a shell.
    public var line: String {
        (wrapper + [tool] + arguments).map(shellQuoted).joined(separator: " ")
    }
}
