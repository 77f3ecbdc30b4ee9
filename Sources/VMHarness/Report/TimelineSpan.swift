import Foundation

/// Something that took time.
public struct TimelineSpan: Codable, Sendable, Equatable {
    /// What kind of thing.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Getting or checking the golden image.
        case image
        /// Finding or making a layer.
        case layer
        /// From power on to the first login.
        case boot
        /// A playbook run.
        case play
        /// A task of one.
        case task
        /// A reboot, from the order to the proof.
        case reboot
        /// Looking at the subject.
        case check
        /// Collecting evidence.
        case evidence
        /// Anything else.
        case other
    }

    /// What kind of thing.
    public var kind: Kind
    /// Its name.
    public var name: String
    /// When it began.
    public var start: Date
    /// When it ended; `nil` when it had not when the report was written.
    public var end: Date?
    /// How it went, in a few words.
    public var detail: String?
    /// Whether it went well.
    public var ok: Bool

    /// One span.
    public init(_ kind: Kind, _ name: String, start: Date, end: Date?, detail: String? = nil, ok: Bool = true) {
        self.kind = kind
        self.name = name
        self.start = start
        self.end = end
        self.detail = detail
        self.ok = ok
    }

    func bounded() -> TimelineSpan {
        TimelineSpan(
            kind, cut(name, to: 200), start: start, end: end, detail: detail.map { cut($0, to: 200) }, ok: ok)
    }
}
