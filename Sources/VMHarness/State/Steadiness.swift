/// What moves: one look at it says nothing, a second one a while later does.
struct Steadiness {
    /// How often units and containers have been restarted by themselves.
    private let counts: [String: Int]
    /// Containers whose health is not known yet.
    private let starting: [String]
    private let isRestarting: Bool

    /// Reads it out of a snapshot.
    init(_ snapshot: StateSnapshot) {
        var counts = (snapshot[.restarts].facts ?? [:]).compactMapValues { Int($0) }
        let containers = snapshot[.containers].facts ?? [:]
        for (key, value) in containers where key.hasSuffix(" restarts") {
            counts["container \(key.dropLast(9))"] = Int(value)
        }
        self.counts = counts
        starting = containers.filter { $0.key.hasSuffix(" health") && $0.value == "starting" }.map(\.key).sorted()
        isRestarting =
            containers.contains { $0.key.hasSuffix(" status") && $0.value == "restarting" }
            || (snapshot[.units].facts ?? [:]).values.contains { UnitState($0).sub == "auto-restart" }
    }

    /// Whether a second look is needed.
    var isDoubtful: Bool { !counts.isEmpty || isRestarting || !starting.isEmpty }

    /// Whether nothing but health is in doubt, which ends by itself.
    var isStarting: Bool { !starting.isEmpty }

    /// What was restarted between both looks, in words.
    func restarted(since earlier: Steadiness, within time: Duration) -> [String: String] {
        var facts: [String: String] = [:]
        for (name, count) in counts {
            let more = count - (earlier.counts[name] ?? 0)
            if more > 0 {
                facts[name] = "keeps restarting: \(more) more times within \(time.forPeople), \(count) in all"
            }
        }
        return facts
    }
}
