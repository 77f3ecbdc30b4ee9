/// A chain of a snapshot's firewall, or a set or map.
struct FirewallChain: Equatable {
    /// Kind, family, table and name, such as `chain inet filter forward`.
    let key: String
    /// Its lines; those of a base chain begin with its hook.
    let lines: [String]

    init(key: String, value: String) {
        self.key = key
        lines = value.lines
    }

    /// Its lines, sorted, with the ports that the kernel gave away as one word: they are others after every start.
    func lines(without given: ClosedRange<Int>) -> [String] {
        lines.map { line in
            line.split(separator: " ").map { word in
                Int(word.split(separator: ":").last ?? "").map(given.contains) == true ? "<port>" : String(word)
            }.joined(separator: " ")
        }.sorted()
    }

    /// Whether the kernel itself sends packets to it.
    var isBase: Bool { lines.first?.hasPrefix("type ") == true && lines.first?.contains(" hook ") == true }

    /// Its key, with hook and policy when it has them: `chain inet filter forward (hook forward, policy drop)`.
    var description: String {
        guard isBase, let head = lines.first else { return key }
        let words = head.split { $0 == " " || $0 == ";" }.map(String.init)
        let facts = ["hook", "policy"].compactMap { name in
            words.firstIndex(of: name).flatMap { words.indices.contains($0 + 1) ? "\(name) \(words[$0 + 1])" : nil }
        }
        return "\(key) (\(facts.joined(separator: ", ")))"
    }

    /// The chain read as one on the forward hook; `nil` when it is none.
    private var forward: ForwardChain? {
        let words = key.split(separator: " ")
        guard words.count == 4, words[0] == "chain" else { return nil }
        let text = "table \(words[1]) \(words[2]) {\nchain \(words[3]) {\n\(lines.joined(separator: "\n"))\n}\n}"
        return ForwardChain.all(in: text).first
    }

    /// Whether it drops what comes in for a published port.
    var dropsPublishedPorts: Bool {
        guard let forward, !forward.acceptsPublishedPorts else { return false }
        return !forward.rules.contains { accepts($0, "oifname") }
    }

    /// Whether it drops what containers send out.
    var dropsContainerEgress: Bool {
        guard let forward, forward.dropsByDefault else { return false }
        return !forward.rules.contains { accepts($0, "iifname") || $0.contains("jump DOCKER") }
    }

    private func accepts(_ rule: String, _ direction: String) -> Bool {
        rule.contains(direction) && (rule.contains("docker") || rule.contains("br-")) && rule.hasSuffix("accept")
    }
}
