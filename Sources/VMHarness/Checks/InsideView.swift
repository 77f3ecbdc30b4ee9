/// What the subject sees of itself: the answer of `observe.py`.
public struct InsideView: Codable, Sendable {
    /// A container as Docker describes it.
    public struct Container: Codable, Sendable {
        /// Its name.
        public let name: String
        /// Its state, such as `running`.
        public let status: String
    }

    /// Published ports, asked on the subject's own localhost. Says nothing about what others can reach.
    public var answers: [String: Answer]
    /// All containers.
    public let containers: [Container]
    /// Connections outwards from inside each container that the profile names.
    public let containerEgress: [String: Answer]
    /// A connection outwards from the subject itself.
    public let hostEgress: Answer
    /// systemd's overall state, such as `running` or `degraded`.
    public let systemState: String
    /// State of each unit that the profile names, such as `active`; nothing when it names none.
    public let units: [String: String]?
    /// Writable file systems that are full.
    public let full: [String]?
    /// Units that failed.
    public let failedUnits: [String]
    /// `nft list ruleset`.
    public let ruleset: String

    enum CodingKeys: String, CodingKey {
        case answers, containers, units, full, ruleset
        case containerEgress = "container_egress"
        case hostEgress = "host_egress"
        case systemState = "system_state"
        case failedUnits = "failed_units"
    }

    /// The same with other answers on its localhost.
    func with(answers: [String: Answer]) -> InsideView {
        var view = self
        view.answers = answers
        return view
    }
}
