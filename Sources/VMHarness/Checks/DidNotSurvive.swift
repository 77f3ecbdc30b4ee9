/// The verdict that the subject is not healthy at a moment when it has to be.
public struct DidNotSurvive: Error, CustomStringConvertible, Sendable {
    /// When, such as "the reboot".
    public let what: String
    /// Everything that is wrong.
    public let complaints: [String]

    /// A verdict.
    public init(what: String, complaints: [String]) {
        self.what = what
        self.complaints = complaints
    }

    /// The verdict and everything that is wrong.
    public var description: String {
        "the host did not survive \(what):\n" + complaints.map { "  - \($0)" }.joined(separator: "\n")
    }
}

extension Observation {
    /// Returns when the subject is healthy.
    ///
    /// - Parameter what: what it has to have survived.
    /// - Throws: ``DidNotSurvive`` when it isn't, so that evidence is collected before anything else is done to it.
    public func requireHealthy(after what: String) throws {
        guard complaints.isEmpty else { throw DidNotSurvive(what: what, complaints: complaints) }
    }
}
