/// A requirement did not hold in time.
public struct WaitError: BlamedError, CustomStringConvertible, Sendable {
    /// What was waited for.
    public let requirement: String
    /// How long was waited.
    public let elapsed: Duration
    /// What the last attempt saw.
    public let lastSeen: String
    /// What to look at.
    public let hint: String

    /// Ours: a deadline alone says nothing about the host.
    public var blame: Blame { .harness }
    /// What was waited for, and what was last seen.
    public var headline: String { "\(requirement): not within \(elapsed.forPeople); last seen: \(printable(lastSeen))" }
    /// What to look at.
    public var remedy: String? { hint }

    /// What was waited for, for how long, what was last seen and what to look at.
    public var description: String {
        """
        \(requirement): not within \(elapsed.forPeople)
          last seen: \(printable(lastSeen))
          hint: \(hint)
        """
    }
}
