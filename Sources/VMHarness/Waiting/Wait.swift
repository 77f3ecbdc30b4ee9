/// One attempt's outcome of a ``Wait``.
public enum WaitStep<Value: Sendable>: Sendable {
    /// What was waited for is there.
    case done(Value)
    /// Not yet; what was seen instead.
    case notYet(String)
}

/// A named requirement that is asked for until it holds or its deadline has passed.
public struct Wait: Sendable {
    /// What must hold, as it would be said in "waiting for …".
    public let requirement: String
    /// How long at most.
    public let limit: Duration
    /// What to look at when it never holds.
    public let hint: String
    /// How much time there is between two attempts at most.
    let longestPause: Duration

    /// Describes a wait; nothing happens before ``until(_:)``.
    ///
    /// - Parameter longestPause: how much time there is between two attempts at most; less for attempts that cost nothing.
    public init(for requirement: String, limit: Duration, hint: String, longestPause: Duration = .seconds(2)) {
        self.requirement = requirement
        self.limit = limit
        self.hint = hint
        self.longestPause = longestPause
    }

    /// Asks until an attempt is done: often at first, then more seldom.
    ///
    /// - Throws: ``WaitError`` with the last observation once the deadline has passed; at once whatever an attempt
    ///   throws, which is how an attempt says that it can't succeed any more; `CancellationError` when cancelled.
    public func until<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ attempt: () async throws -> WaitStep<Value>
    ) async throws -> Value {
        let deadline = Deadline(after: limit)
        var interval = Duration.milliseconds(100)
        while true {
            switch try await attempt() {
            case .done(let value):
                WaitObserver.current?.tell(requirement, nil)
                return value
            case .notYet(let seen):
                WaitObserver.current?.tell(requirement, seen)
                guard deadline.remaining > .zero else {
                    throw WaitError(requirement: requirement, elapsed: deadline.elapsed, lastSeen: seen, hint: hint)
                }
            }
            try await Task.sleep(for: min(interval, deadline.remaining))
            interval = min(interval * 3 / 2, longestPause)
        }
    }
}

/// Lets time pass; the only other way to wait than ``Wait``, for what is not waiting for anything in particular.
func pause(for time: Duration) async throws {
    try await Task.sleep(for: time)
}
