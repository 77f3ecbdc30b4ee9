/// When a machine last refused a connection to sshd, so that it is not asked so often that its own defences shut us out.
struct Knock {
    /// What was seen then; `nil` when nothing was refused in this boot.
    private(set) var refused: String?
    private var at: ContinuousClock.Instant?
    private var asked: ContinuousClock.Instant?

    /// Seconds between two attempts that nothing in the guest speaks for: with the login's own connections fewer than six in
    /// 30 s, the limit of ufw.
    static let interval = Duration.seconds(12)

    /// Takes note of a refusal.
    mutating func note(_ words: String, now: ContinuousClock.Instant = .now) {
        refused = words
        at = now
    }

    /// Whether enough time has passed since.
    var mayKnock: Bool { at.map { ContinuousClock.now - $0 >= Self.interval } ?? true }

    /// Whether the guest's agent may be asked again: each question costs an emulated guest a second of its boot.
    mutating func mayAsk(isEmulated: Bool, now: ContinuousClock.Instant = .now) -> Bool {
        if let asked, now - asked < .seconds(isEmulated ? 4 : 1) { return false }
        asked = now
        return true
    }
}
