import VMHarness

/// Makes sense of the words of a command line, by a table of commands.
///
/// Options may stand anywhere, even before the command: which of them take a value is the same in all commands.
struct ArgumentParser: Sendable {
    let commands: [CommandSpec]

    private struct Option {
        /// As it was written, with its dashes.
        let word: String
        let value: String?
    }

    /// - Throws: ``UsageError``.
    func parse(_ words: [String]) throws -> Request {
        let (plain, dashes, options) = try split(words)
        let wantsHelp = options.contains { ["--help", "-h"].contains($0.word) }
        if plain.isEmpty {
            if wantsHelp { return .help(nil) }
            if options.contains(where: { $0.word == "--version" }) { return .version }
            if let first = options.first { try refuse(first, in: nil) }
            throw UsageError(problem: "name a command")
        }
        let (command, arguments) = try command(in: plain)
        if wantsHelp { return .help(command) }
        var invocation = Invocation(command: command, arguments: arguments)
        invocation.beforeDashes = dashes.map { max(0, $0 - (plain.count - arguments.count)) } ?? arguments.count
        for option in options { try add(option, to: &invocation) }
        try check(arguments, of: command)
        return .run(invocation)
    }

    // MARK: - Words

    /// Words that are no options, how many of them stand before `--`, if that is there, and the options.
    private func split(_ words: [String]) throws -> (plain: [String], dashes: Int?, options: [Option]) {
        var plain: [String] = []
        var dashes: Int?
        var options: [Option] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                dashes = plain.count
                plain += rest
                break
            } else if word.hasPrefix("--") {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let spec = known(parts[0])
                if parts.count == 2 {
                    options.append(Option(word: parts[0], value: parts[1]))
                } else {
                    options.append(Option(word: word, value: try value(for: spec, word, from: &rest)))
                }
            } else if word.hasPrefix("-"), word != "-" {
                options += try cluster(word, &rest)
            } else {
                plain.append(word)
            }
        }
        return (plain, dashes, options)
    }

    /// One or several short options: `-f`, `-fj`, `-n 5`, `-n5`.
    private func cluster(_ word: String, _ rest: inout ArraySlice<String>) throws -> [Option] {
        var options: [Option] = []
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            let name = "-\(letter)"
            guard let spec = known(name), spec.takesValue else {
                options.append(Option(word: name, value: nil))
                continue
            }
            if letters.isEmpty {
                options.append(Option(word: name, value: try value(for: spec, name, from: &rest)))
            } else {
                options.append(Option(word: name, value: String(letters.first == "=" ? letters.dropFirst() : letters)))
            }
            break
        }
        return options
    }

    /// The next word, when the option takes one. A word with a dash is no value: the value was forgotten.
    private func value(for spec: OptionSpec?, _ word: String, from rest: inout ArraySlice<String>) throws -> String? {
        guard let spec, let name = spec.valueName else { return nil }
        guard let next = rest.first, next == "-" || !next.hasPrefix("-") else {
            throw UsageError(problem: "\(word) lacks its value \(name)")
        }
        rest.removeFirst()
        return next
    }

    private func known(_ word: String) -> OptionSpec? {
        commands.lazy.flatMap(\.allOptions).first { "--\($0.name)" == word || $0.short.map { "-\($0)" } == word }
    }

    // MARK: - Meaning

    /// The command that the first one or two words name, and the words after it.
    func command(in words: [String]) throws -> (CommandSpec, [String]) {
        if words.count > 1, let two = commands.first(where: { $0.name == "\(words[0]) \(words[1])" }) {
            return (two, Array(words.dropFirst(2)))
        }
        if let one = commands.first(where: { $0.name == words.first }) { return (one, Array(words.dropFirst())) }
        let first = words.first ?? ""
        let group = commands.filter { $0.name.hasPrefix("\(first) ") && !first.isEmpty }.map(\.name)
        guard group.isEmpty else {
            let kinds = group.map { String($0.dropFirst(first.count + 1)) }
            let second = words.count > 1 ? "'\(first) \(printable(words[1]))'" : nil
            throw UsageError(
                problem: second.map { "there is no command \($0)" }
                    ?? "\(first): which one? (\(kinds.joined(separator: ", ")))",
                suggestion: words.count > 1
                    ? Suggestion.nearest(to: words[1], among: kinds).map { "\(first) \($0)" } : nil, command: first)
        }
        let names = commands.filter { !$0.isHidden }.compactMap { $0.name.split(separator: " ").first.map(String.init) }
        throw UsageError(
            problem: "there is no command '\(printable(first))'",
            suggestion: Suggestion.nearest(to: first, among: names))
    }

    private func add(_ option: Option, to invocation: inout Invocation) throws {
        let command = invocation.command
        guard
            let spec = command.options.first(where: {
                option.word == "--\($0.name)" || option.word == $0.short.map { "-\($0)" }
            })
        else { return try refuse(option, in: command) }
        switch (spec.kind, option.value) {
        case (.flag, nil): invocation.flags.insert(spec.name)
        case (.flag, _): throw UsageError(problem: "\(option.word) takes no value", command: command.name)
        case (_, nil): throw UsageError(problem: "\(option.word) lacks its value", command: command.name)
        case (.text(let name), let value?):
            guard !value.isEmpty else {
                throw UsageError(problem: "\(option.word) lacks its value \(name)", command: command.name)
            }
            invocation.values[spec.name] = value
        case (.word(_, let words), let value?):
            guard words.contains(value) else {
                throw UsageError(
                    problem:
                        "\(option.word) is '\(printable(value))'; it has to be one of \(words.joined(separator: ", "))",
                    suggestion: Suggestion.nearest(to: value, among: words), command: command.name)
            }
            invocation.values[spec.name] = value
        case (.count, let value?):
            guard let number = Int(value), number > 0 else {
                throw UsageError(
                    problem: "\(option.word) is '\(printable(value))'; it has to be a whole number above 0",
                    command: command.name)
            }
            invocation.values[spec.name] = "\(number)"
        }
    }

    private func refuse(_ option: Option, in command: CommandSpec?) throws {
        let known = (command?.allOptions ?? [.help, .version]).map { "--\($0.name)" }
        throw UsageError(
            problem: "\(command.map { "\($0.name) has" } ?? "there is") no option '\(printable(option.word))'",
            suggestion: Suggestion.nearest(to: option.word, among: known), command: command?.name)
    }

    private func check(_ arguments: [String], of command: CommandSpec) throws {
        let specs = command.arguments
        if let missing = specs.dropFirst(arguments.count).first(where: { !$0.isOptional }) {
            throw UsageError(problem: "\(command.name) lacks \(missing.name)", command: command.name)
        }
        if arguments.count > specs.count, specs.last?.isRepeated != true {
            throw UsageError(
                problem: "\(command.name) takes no '\(printable(arguments[specs.count]))'", command: command.name)
        }
        for (spec, argument) in zip(specs, arguments) {
            guard !argument.isEmpty else {
                throw UsageError(problem: "\(spec.name) is empty", command: command.name)
            }
            guard case .words(let words) = spec.values, !words.contains(argument) else { continue }
            throw UsageError(
                problem:
                    "\(spec.name) is '\(printable(argument))'; it has to be one of \(words.joined(separator: ", "))",
                suggestion: Suggestion.nearest(to: argument, among: words), command: command.name)
        }
    }
}
