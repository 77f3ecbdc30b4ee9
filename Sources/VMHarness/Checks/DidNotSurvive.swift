/// The verdict that the subject is not healthy when it has to be, on its way to whoever asked.
public struct DidNotSurvive: BlamedError, CustomStringConvertible, Sendable {
    /// Everything that is wrong; not empty.
    public let complaints: [Complaint]

    /// A verdict.
    public init(_ complaints: [Complaint]) {
        self.complaints = complaints
    }

    /// The host's.
    public var blame: Blame { .host }

    /// The verdict and everything that is wrong.
    public var description: String {
        "the host did not survive \(complaints.first?.event ?? "it"):\n"
            + complaints.map { "  - \($0.line)" }.joined(separator: "\n")
    }
}

extension Observation {
    /// Returns when the subject is healthy.
    ///
    /// - Parameter event: what it has to have survived.
    /// - Throws: ``DidNotSurvive`` when it isn't, so that evidence is collected before anything else is done to it.
    public func requireHealthy(after event: String) throws {
        let complaints = complaints(after: event)
        guard complaints.isEmpty else { throw DidNotSurvive(complaints) }
    }
}
