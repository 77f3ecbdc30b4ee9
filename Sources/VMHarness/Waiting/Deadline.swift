/// A point in time after which waiting is over; on the monotonic clock, so that a changed wall clock does not matter.
public struct Deadline: Sendable {
    /// How much time there was in all.
    public let limit: Duration
    private let start: ContinuousClock.Instant

    /// Starts now and ends after `limit`.
    public init(after limit: Duration) {
        self.limit = limit
        start = .now
    }

    /// Time since the start.
    public var elapsed: Duration { ContinuousClock.now - start }
    /// Time left; never below zero.
    public var remaining: Duration { max(.zero, limit - elapsed) }
    /// Whether no time is left.
    public var hasPassed: Bool { elapsed >= limit }
}

extension Duration {
    /// The duration as seconds with a fraction.
    public var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// Short text for people: `0.4 s`, `12 s`, `3 min 5 s`.
    public var forPeople: String {
        let seconds = inSeconds
        if seconds < 10 {
            let tenths = Int((seconds * 10).rounded())
            return "\(tenths / 10).\(tenths % 10) s"
        }
        let whole = Int(seconds.rounded())
        return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }
}
