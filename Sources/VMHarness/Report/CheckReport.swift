/// One look at the subject: what was expected and what was seen.
public struct CheckReport: Codable, Sendable, Equatable {
    /// What was looked at, such as `web on port 8080, from outside`.
    public var name: String
    /// When, such as `after the reboot`.
    public var moment: String
    /// What should have been seen.
    public var expected: String
    /// What was seen.
    public var observed: String
    /// Whether that is as it should be.
    public var ok: Bool

    /// One look.
    public init(_ name: String, moment: String, expected: String, observed: String, ok: Bool) {
        self.name = name
        self.moment = moment
        self.expected = expected
        self.observed = observed
        self.ok = ok
    }

    func bounded() -> CheckReport {
        CheckReport(
            cut(name, to: 200), moment: cut(moment, to: 100), expected: cut(expected, to: 500),
            observed: cut(observed, to: 1000), ok: ok)
    }
}
