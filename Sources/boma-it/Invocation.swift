/// A command line that makes sense.
struct Invocation: Sendable {
    let command: CommandSpec
    var arguments: [String] = []
    /// How many of the arguments stand before `--`; all of them when that is not there.
    var beforeDashes = 0
    var flags: Set<String> = []
    var values: [String: String] = [:]

    func has(_ flag: String) -> Bool { flags.contains(flag) }
    func count(_ option: String) -> Int? { values[option].flatMap { Int($0) } }
    /// The values of a comma-separated option.
    func list(_ option: String) -> [String] {
        (values[option] ?? "").split(separator: ",").map(String.init)
    }
}

/// What a command line asks for.
enum Request: Sendable {
    case run(Invocation)
    /// How to use a command, or the program.
    case help(CommandSpec?)
    case version
}

/// The command line makes no sense.
struct UsageError: Error, CustomStringConvertible, Equatable {
    /// One line.
    let problem: String
    /// What may have been meant.
    var suggestion: String?
    /// The command that it is about.
    var command: String?

    /// The problem, what may have been meant, and how to get help.
    var description: String {
        var lines = [problem]
        if let suggestion { lines.append("  did you mean: \(suggestion)") }
        lines.append("  help: boma-it help\(command.map { " \($0)" } ?? "")")
        return lines.joined(separator: "\n")
    }
}
