/// Whose an error is: what it says something about.
public enum Blame: String, Codable, Sendable, CaseIterable {
    /// The host under test.
    case host
    /// The playbook, or the repository that it is in.
    case playbook
    /// The harness or the machine that it runs on: says nothing about the host.
    case harness

    /// Whose an error is; one that does not say so is the harness's, so that no host is condemned by mistake.
    public init(of error: any Error) {
        self = (error as? any BlamedError)?.blame ?? .harness
    }
}

/// An error that says whose it is, and what a reader of one line has to know of it.
public protocol BlamedError: Error {
    /// Whose it is.
    var blame: Blame { get }
    /// What happened, in one line. The first line of the whole description unless the error says more.
    var headline: String { get }
    /// What to do about it, when that is known.
    var remedy: String? { get }
    /// Path of the file that says more than anything else.
    var log: String? { get }
    /// The page of the runbooks that is about it.
    var runbook: Runbook? { get }
}

extension BlamedError {
    /// The first line of the description.
    public var headline: String { "\(self)".split(whereSeparator: \.isNewline).first.map(String.init) ?? "" }
    /// Not known.
    public var remedy: String? { nil }
    /// None.
    public var log: String? { nil }
    /// None.
    public var runbook: Runbook? { nil }
}
