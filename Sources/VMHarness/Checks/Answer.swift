/// What came back when something was asked.
public struct Answer: Codable, Sendable, Equatable {
    /// Whether it answered as expected.
    public let ok: Bool
    /// What was seen.
    public let detail: String
}
