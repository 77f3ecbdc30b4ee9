/// What answered at one moment: the facts that users notice.
public struct Reachability: Codable, Sendable, Equatable {
    /// Published TCP ports, asked from outside.
    public var outside: [Int: Answer]
    /// The same ports, asked on the subject's own localhost.
    public var localhost: [Int: Answer]
    /// Connections outwards from inside containers, by name.
    public var containerEgress: [String: Answer]
    /// A connection outwards from the subject itself; `nil` when it was not asked.
    public var hostEgress: Answer?

    /// What was seen; what was not asked is left out.
    public init(
        outside: [Int: Answer] = [:], localhost: [Int: Answer] = [:], containerEgress: [String: Answer] = [:],
        hostEgress: Answer? = nil
    ) {
        self.outside = outside
        self.localhost = localhost
        self.containerEgress = containerEgress
        self.hostEgress = hostEgress
    }
}

extension Observation {
    /// What answered.
    public var reachability: Reachability {
        let local = inside.answers.compactMap { key, answer in Int(key).map { ($0, answer) } }
        return Reachability(
            outside: outside, localhost: Dictionary(local, uniquingKeysWith: { first, _ in first }),
            containerEgress: inside.containerEgress, hostEgress: inside.hostEgress)
    }
}
