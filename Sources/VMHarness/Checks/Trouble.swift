/// Why it could not be told whether a host survives.
public struct Trouble: Codable, Sendable, Equatable {
    /// What came between.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Somebody ended the run.
        case interrupted
        /// The run has not come to its end, or was killed.
        case unfinished
        /// Nobody asked.
        case notAsked
        /// This machine lacks something that virtual machines need.
        case prerequisite
        /// The playbook failed before any reboot.
        case play
        /// The host was not healthy before the reboot, so its state afterwards shows nothing.
        case unhealthyBefore
        /// Parts of the host's state could not be read.
        case unread
        /// Anything else that went wrong.
        case error
    }

    /// What came between.
    public var kind: Kind
    /// Whose it is.
    public var blame: Blame
    /// What happened, in one line.
    public var what: String
    /// All that is known, in lines.
    public var detail: String?
    /// What to do about it.
    public var fix: String?
    /// Path of the file that says most.
    public var log: String?
    /// The page of the runbooks that is about it.
    public var runbook: Runbook?

    /// One trouble.
    public init(_ kind: Kind, _ what: String, blame: Blame = .harness, detail: String? = nil, fix: String? = nil) {
        self.kind = kind
        self.blame = blame
        self.what = what
        self.detail = detail
        self.fix = fix
    }

    /// The trouble that an error amounts to.
    ///
    /// - Parameter kind: what came between, where the caller knows better than the error.
    public init(_ error: any Error, as kind: Kind? = nil) {
        if error is CancellationError {
            self = .interrupted
            return
        }
        let said = error as? any BlamedError
        let isMissing = (error as? HarnessTrouble)?.isMissingPrerequisite == true
        let text = "\(error)"
        self.init(
            kind ?? (isMissing ? .prerequisite : .error),
            said?.headline ?? text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no reason was given",
            blame: Blame(of: error))
        detail = text == what ? nil : text
        fix = said?.remedy
        log = said?.log
        runbook = said?.runbook
    }

    /// Somebody ended the run. What it saw until then means nothing.
    public static let interrupted = Trouble(.interrupted, "interrupted", fix: "run it again")

    /// The same with everything cut to a bearable size.
    public func bounded() -> Trouble {
        var trouble = self
        trouble.what = lineForPeople(what, limit: 500)
        trouble.detail = detail.map { cut($0, to: 20_000) }
        trouble.fix = fix.map { cut($0, to: 500) }
        trouble.log = log.map { cut($0, to: 4096) }
        return trouble
    }
}
