/// A command as data: help, completion, the man page and the parser all read it.
struct CommandSpec: Sendable {
    /// One word, or two: `status`, `golden list`.
    let name: String
    /// One line, for lists.
    let summary: String
    /// What one has to know, in sentences.
    let help: String
    var arguments: [ArgumentSpec] = []
    var options: [OptionSpec] = []
    var examples: [Example] = []
    /// For scripts of our own, not for people.
    var isHidden = false
    /// Does the work.
    let run: @Sendable (Invocation, Terminal) async throws -> ExitStatus

    struct Example: Sendable {
        let line: String
        let meaning: String
    }

    /// The command with its arguments, as a usage line shows it.
    var synopsis: String {
        ([name] + arguments.map(\.placeholder) + (options.isEmpty ? [] : ["[OPTIONS]"])).joined(separator: " ")
    }

    /// The options, and the one that every command has.
    var allOptions: [OptionSpec] { options + [OptionSpec.help] }
}

/// A word that a command takes.
struct ArgumentSpec: Sendable {
    let name: String
    let help: String
    var isOptional = false
    var isRepeated = false
    var values = Candidates.none

    var placeholder: String {
        let word = name + (isRepeated ? "..." : "")
        return isOptional ? "[\(word)]" : word
    }
}

/// An option of a command.
struct OptionSpec: Sendable {
    enum Kind: Sendable, Equatable {
        case flag
        /// Takes a value, called so in the help.
        case text(String)
        /// Takes a whole number above 0.
        case count(String)
        /// Takes one of these words and no other.
        case word(String, [String])
    }

    /// Without its dashes.
    let name: String
    var short: Character?
    var kind = Kind.flag
    let help: String

    var takesValue: Bool { kind != .flag }

    var valueName: String? {
        switch kind {
        case .flag: nil
        case .text(let name), .count(let name), .word(let name, _): name
        }
    }

    /// `-n, --limit N`
    var label: String {
        (short.map { "-\($0), " } ?? "") + "--\(name)" + (valueName.map { " \($0)" } ?? "")
    }

    static let help = OptionSpec(name: "help", short: "h", help: "explain this command")
    static let version = OptionSpec(name: "version", help: "print the version")
    static let json = OptionSpec(name: "json", help: "print JSON, for scripts")
}

/// What can stand somewhere: checked when it is fixed, and offered by completion.
enum Candidates: Sendable, Equatable {
    case none
    /// One of these words and no other.
    case words([String])
    case commands
    /// Asked when completing: `boma-it _list KIND`.
    case listed(ListKind)
}

/// What `boma-it _list` lists.
enum ListKind: String, CaseIterable, Sendable {
    case subjects, machines, runs
}
