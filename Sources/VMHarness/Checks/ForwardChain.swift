/// A forward chain in the text of `nft list ruleset`, read to explain why forwarded packets die.
public struct ForwardChain: Sendable, Equatable {
    /// Family and name of its table, such as `inet filter`.
    public let table: String
    /// Whether packets that no rule accepts are dropped.
    public let dropsByDefault: Bool
    /// Its rules.
    public let rules: [String]

    /// Whether it lets through what Docker's DNAT sends to containers: by its policy, by a rule of its own, or because
    /// it is Docker's own chain, which asks Docker's other chains.
    public var acceptsPublishedPorts: Bool {
        !dropsByDefault
            || rules.contains { $0.contains("ct status dnat") && $0.hasSuffix("accept") || $0.contains("jump DOCKER") }
    }

    /// All base chains on the forward hook.
    public static func all(in ruleset: String) -> [ForwardChain] {
        var chains: [ForwardChain] = []
        var table = ""
        var body: [String]?
        for line in ruleset.lines {
            if line.hasPrefix("table "), line.hasSuffix("{") {
                table = line.dropFirst(6).dropLast().trimmingCharacters(in: .whitespaces)
            } else if line.hasPrefix("chain ") {
                body = []
            } else if line == "}", let found = body {
                if let hook = found.first, hook.contains("hook forward") {
                    chains.append(
                        ForwardChain(
                            table: table, dropsByDefault: hook.contains("policy drop"), rules: Array(found.dropFirst()))
                    )
                }
                body = nil
            } else {
                body?.append(line)
            }
        }
        return chains
    }
}
