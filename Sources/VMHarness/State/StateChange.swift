/// One thing that worked before and doesn't now, or that may be why.
public struct StateChange: Sendable, Equatable {
    /// What kind of thing; the first kinds matter most to whoever has to repair the host.
    public let kind: Complaint.Kind
    /// Which one.
    public let subject: String
    /// One line for a person, without control characters.
    public let text: String
    /// How it was, when that can be said in a few words.
    public let before: String?
    /// How it is.
    public let after: String?

    /// Whether something was lost by it. A new version of a package or another kernel is no loss.
    let isLoss: Bool

    /// Guests name the things in the texts, so these are made fit for a terminal here.
    init(
        _ kind: Complaint.Kind, _ subject: some StringProtocol, _ text: String, before: String? = nil,
        after: String? = nil, isLoss: Bool? = nil
    ) {
        self.isLoss = isLoss ?? ![.kernel, .package, .file].contains(kind)
        self.kind = kind
        self.subject = printable(subject)
        self.text = printable(text)
        self.before = before.map { printable($0) }
        self.after = after.map { printable($0) }
    }

    /// The change as something that was lost.
    ///
    /// - Parameter event: what it has not survived.
    func complaint(after event: String) -> Complaint {
        Complaint(kind, subject, event: event, text: text, before: before, after: after)
    }

    /// How much a kind matters; the lower one matters more.
    static func rank(_ kind: Complaint.Kind) -> Int { Complaint.Kind.allCases.firstIndex(of: kind) ?? 0 }
}
