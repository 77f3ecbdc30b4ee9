/// What came back when something was asked.
public struct Answer: Codable, Sendable, Equatable {
    /// Whether it answered as expected.
    public var ok: Bool
    /// What was seen.
    public var detail: String
    /// HTTP's status, where it was spoken.
    public var status: Int?
    /// Whether the question was refused, or answered otherwise than expected: its program may not be up yet, while silence is
    /// a firewall's, and does not pass by waiting.
    public var isRefusal: Bool

    /// What was seen.
    public init(ok: Bool, detail: String, status: Int? = nil, isRefusal: Bool = false) {
        self.ok = ok
        self.detail = detail
        self.status = status
        self.isRefusal = isRefusal
    }

    enum CodingKeys: String, CodingKey {
        case ok, detail, status
        case isRefusal = "refused"
    }

    /// Reads what ``encode(to:)`` wrote, or a guest's answer, which says only whether and what.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        ok = try container.decode(Bool.self, forKey: .ok)
        detail = try container.decode(String.self, forKey: .detail)
        status = try container.decodeIfPresent(Int.self, forKey: .status)
        isRefusal = try container.decodeIfPresent(Bool.self, forKey: .isRefusal) ?? false
    }

    /// The same answer, not counted when its status is of another class than it was: 502 where there was 200 is no service.
    ///
    /// A status that did not change class is as good as it was, whatever it is: nothing is known of what it should be.
    func compared(with earlier: Answer?) -> Answer {
        guard ok, let status, let old = earlier?.status, status / 100 != old / 100 else { return self }
        return Answer(ok: false, detail: "answers with status \(status), was \(old)", status: status, isRefusal: true)
    }
}
