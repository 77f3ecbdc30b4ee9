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

    /// Describes a wait; nothing happens before ``until(_:)``.
    public init(for requirement: String, limit: Duration, hint: String) {
        self.requirement = requirement
        self.limit = limit
        self.hint = hint
    }

    /// Asks until an attempt is done: often at first, then more seldom (up to every two seconds).
    ///
    /// - Throws: ``WaitError`` with the last observation once the deadline has passed; at once whatever an attempt
    ///   throws, which is how an attempt says that it can't succeed any more; `CancellationError` when cancelled.
    public func until<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ attempt: () async throws -> WaitStep<Value>
    ) async throws -> Value {
        let deadline = Deadline(after: limit)
        var pause = Duration.milliseconds(100)
        while true {
            switch try await attempt() {
            case .done(let value):
                return value
            case .notYet(let seen):
                guard deadline.remaining > .zero else {
                    throw WaitError(requirement: requirement, elapsed: deadline.elapsed, lastSeen: seen, hint: hint)
                }
            }
            try await Task.sleep(for: min(pause, deadline.remaining))
            pause = min(pause * 3 / 2, .seconds(2))
        }
    }
}

/// Pauses between two looks at something that grows, such as a file that another process writes.
func pauseBetweenLooks() async throws {
    try await Task.sleep(for: .milliseconds(200))
}
