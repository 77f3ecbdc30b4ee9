/// The harness can't do its work: says nothing about the subject.
public struct HarnessTrouble: BlamedError, CustomStringConvertible, Sendable, Equatable {
    /// What can't be done.
    public let what: String
    /// Why not.
    public let why: String
    /// What to do about it.
    public let fix: String
    /// Whose it is.
    public let blame: Blame
    /// The page of the runbooks that is about it.
    public let runbook: Runbook?

    /// Whether this machine lacks something that virtual machines need: a reason to skip, not a defect.
    public let isMissingPrerequisite: Bool

    /// One trouble with its cause and its fix.
    ///
    /// - Parameter blame: the playbook's when its repository has to be changed; else the harness's.
    public init(
        _ what: String, why: String, fix: String, isMissingPrerequisite: Bool = false, blame: Blame = .harness,
        runbook: Runbook? = nil
    ) {
        self.blame = blame
        self.runbook = runbook
        self.isMissingPrerequisite = isMissingPrerequisite
        self.what = what
        self.why = why
        self.fix = fix
    }

    /// One line: what, why and the fix.
    public var description: String { Redactor.shared.redact("\(what): \(why); fix: \(fix)") }
    /// What and why.
    public var headline: String { Redactor.shared.redact("\(what): \(why)") }
    /// What to do about it.
    public var remedy: String? { Redactor.shared.redact(fix) }
}
