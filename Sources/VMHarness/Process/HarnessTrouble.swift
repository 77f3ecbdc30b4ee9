/// The harness can't do its work: says nothing about the subject.
public struct HarnessTrouble: Error, CustomStringConvertible, Sendable, Equatable {
    /// What can't be done.
    public let what: String
    /// Why not.
    public let why: String
    /// What to do about it.
    public let fix: String

    /// Whether this machine lacks something that virtual machines need: a reason to skip, not a defect.
    public let isMissingPrerequisite: Bool

    /// One trouble with its cause and its fix.
    public init(_ what: String, why: String, fix: String, isMissingPrerequisite: Bool = false) {
        self.isMissingPrerequisite = isMissingPrerequisite
        self.what = what
        self.why = why
        self.fix = fix
    }

    /// One line: what, why and the fix.
    public var description: String { Redactor.shared.redact("\(what): \(why); fix: \(fix)") }
}
