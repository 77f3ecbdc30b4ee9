/// Shell completion, from the table. What changes from day to day (machines, runs) is asked with `boma-it _list`.
struct CompletionScript {
    let commands: [CommandSpec]

    enum Shell: String, CaseIterable, Sendable {
        case bash, zsh, fish
    }

    func text(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    private var visible: [CommandSpec] { commands.filter { !$0.isHidden } }

    /// First words that a second one has to follow.
    private var groups: [String] {
        var seen: [String] = []
        for command in visible where command.name.contains(" ") {
            let group = String(command.name.prefix { $0 != " " })
            if !seen.contains(group) { seen.append(group) }
        }
        return seen
    }

    /// The words that can be typed after `prefix` (nothing, or a group), with what they mean.
    private func next(after group: String?) -> [(word: String, meaning: String)] {
        guard let group else {
            let single = visible.filter { !$0.name.contains(" ") }.map { ($0.name, $0.summary) }
            return single + groups.map { ($0, next(after: $0).map(\.word).joined(separator: ", ")) }
        }
        return visible.filter { $0.name.hasPrefix("\(group) ") }.map {
            (String($0.name.dropFirst(group.count + 1)), $0.summary)
        }
    }

    private var optionsWithValues: [String] {
        var seen: [String] = []
        for option in commands.flatMap(\.options) where option.takesValue {
            for word in ["--\(option.name)"] + (option.short.map { ["-\($0)"] } ?? []) where !seen.contains(word) {
                seen.append(word)
            }
        }
        return seen
    }

    private func words(of option: OptionSpec) -> [String] {
        (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
    }

    /// Words that a shell may put where an argument stands; `program` is how the script calls us.
    private func candidates(_ values: Candidates, program: String) -> String {
        switch values {
        case .none: ""
        case .words(let words): words.joined(separator: " ")
        case .commands: (next(after: nil).map(\.word)).joined(separator: " ")
        case .listed(let kind): "$(\(program) _list \(kind.rawValue) 2>/dev/null)"
        }
    }

    // MARK: - bash

    private var bash: String {
        var cases = [
            "        '') words='\(next(after: nil).map(\.word).joined(separator: " "))'; options='--help --version' ;;"
        ]
        for group in groups {
            cases.append(
                "        \(group)) words='\(next(after: group).map(\.word).joined(separator: " "))'; options='--help' ;;"
            )
        }
        for command in visible {
            let arguments = command.arguments.enumerated().map { index, argument in
                let last = argument.isRepeated ? "*" : "\(index)"
                return "\(last)) words=\"\(candidates(argument.values, program: "\"${COMP_WORDS[0]}\""))\" ;;"
            }
            let options = command.allOptions.flatMap(words).joined(separator: " ")
            cases.append("        '\(command.name)')")
            cases.append("            options='\(options)'")
            if !arguments.isEmpty {
                cases.append("            case $count in \(arguments.joined(separator: " ")) esac")
            }
            cases.append("            ;;")
        }
        return """
            # bash completion for boma-it; load it with: source <(boma-it completion bash)
            _boma_it() {
                local current=${COMP_WORDS[COMP_CWORD]} command='' words='' options='' word
                local -i i count=0 plain=0
                COMPREPLY=()
                for ((i = 1; i < COMP_CWORD; i++)); do
                    word=${COMP_WORDS[i]}
                    if ((plain == 0)); then
                        case $word in
                        --) plain=1; continue ;;
                        \(optionsWithValues.joined(separator: "|")))
                            # bash makes words of their own of "=" and what follows it.
                            if [[ ${COMP_WORDS[i + 1]-} == "=" ]]; then i+=1; fi
                            i+=1
                            if ((i >= COMP_CWORD)); then return; fi
                            continue
                            ;;
                        -*) continue ;;
                        esac
                    fi
                    case $command in
                    '') command=$word ;;
                    \(groups.joined(separator: "|"))) command="$command $word" ;;
                    *) count+=1 ;;
                    esac
                done
                case $command in
            \(cases.joined(separator: "\n"))
                esac
                if [[ $current == -* ]] && ((plain == 0)); then words=$options; fi
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            }
            complete -F _boma_it boma-it
            """
    }

    // MARK: - zsh

    private var zsh: String {
        func described(_ rows: [(String, String)]) -> String {
            rows.map { Self.quoted("\($0.0.replacing(":", with: "\\:")):\($0.1)") }.joined(separator: " ")
        }
        var cases = [
            "    '') words_=(\(described(next(after: nil).map { ($0.word, $0.meaning) }))); options=(--help --version) ;;"
        ]
        for group in groups {
            cases.append("    \(group)) words_=(\(described(next(after: group).map { ($0.word, $0.meaning) }))) ;;")
        }
        for command in visible {
            let options = command.allOptions.flatMap { option in words(of: option).map { ($0, option.help) } }
            cases.append("    '\(command.name)')")
            cases.append("        options=(\(described(options)))")
            let arguments = command.arguments.enumerated().map { index, argument in
                "\(argument.isRepeated ? "*" : "\(index)")) words_=(\(candidates(argument.values, program: "$words[1]"))) ;;"
            }
            if !arguments.isEmpty { cases.append("        case $count in \(arguments.joined(separator: " ")) esac") }
            cases.append("        ;;")
        }
        return """
            #compdef boma-it
            # zsh completion for boma-it; put it into a folder of $fpath as _boma-it
            _boma_it() {
                local command='' word
                local -i i count=0
                local -a words_ options
                for ((i = 2; i < CURRENT; i++)); do
                    word=$words[i]
                    case $word in
                    \(optionsWithValues.joined(separator: "|"))) i+=1; if ((i >= CURRENT)); then return; fi; continue ;;
                    -*) continue ;;
                    esac
                    case $command in
                    '') command=$word ;;
                    \(groups.joined(separator: "|"))) command="$command $word" ;;
                    *) count+=1 ;;
                    esac
                done
                case $command in
            \(cases.joined(separator: "\n"))
                esac
                if [[ $words[CURRENT] == -* ]]; then _describe option options; else _describe word words_; fi
            }
            if [[ ${funcstack[1]-} == _boma_it ]]; then _boma_it "$@"; else compdef _boma_it boma-it; fi
            """
    }

    // MARK: - fish

    private var fish: String {
        var lines = [
            "# fish completion for boma-it; load it with: boma-it completion fish | source",
            "function __boma_it_at",
            "    set -l command", "    set -l skip 0", "    set -l typed (commandline -opc)",
            "    for word in $typed[2..-1]",
            "        if test $skip = 1; set skip 0; continue; end",
            "        switch $word",
            "            case \(optionsWithValues.joined(separator: " ")); set skip 1",
            "            case '-*'",
            "            case '*'; set -a command $word",
            "        end",
            "    end",
            "    set -l depth 1",
            "    if contains -- \"$command[1]\" \(groups.joined(separator: " ")); set depth 2; end",
            "    test \"$command[1..$depth]\" = \"$argv[1]\"; or return 1",
            "    test (count $argv) = 1; or test (math (count $command) - $depth) = $argv[2]",
            "end",
            "complete -c boma-it -f",
            "complete -c boma-it -n '__boma_it_at \"\"' -l version -d \(Self.quoted(OptionSpec.version.help))",
        ]
        for place in [nil] + groups.map(Optional.some) {
            for row in next(after: place) {
                lines.append(
                    "complete -c boma-it -n '__boma_it_at \"\(place ?? "")\"' -a \(row.word) -d \(Self.quoted(row.meaning))"
                )
            }
        }
        for command in visible {
            for (index, argument) in command.arguments.enumerated() where argument.values != .none {
                let place = "\"\(command.name)\"" + (argument.isRepeated ? "" : " \(index)")
                let words = candidates(argument.values, program: "boma-it").replacing("$(", with: "(")
                lines.append("complete -c boma-it -n '__boma_it_at \(place)' -a \(Self.quoted(words))")
            }
            for option in command.allOptions {
                lines.append(
                    "complete -c boma-it -n '__boma_it_at \"\(command.name)\"' "
                        + (option.short.map { "-s \($0) " } ?? "") + "-l \(option.name) "
                        + (option.takesValue ? "-x " : "") + "-d \(Self.quoted(option.help))")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// One word for zsh and fish.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
