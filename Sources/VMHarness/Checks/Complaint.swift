/// One thing that was lost.
public struct Complaint: Codable, Sendable, Equatable {
    /// What kind of thing.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// A service, a port, or a way outwards that answered, or has to.
        case answer
        /// One of the profile's own checks.
        case check
        /// A port that answers and must not.
        case exposed
        /// A rule or chain of the firewall that explains lost answers.
        case cause
        /// A socket that something listened on.
        case listener
        /// A container.
        case container
        /// A systemd unit.
        case unit
        /// Rules and chains of the firewall.
        case firewall
        /// Interfaces, addresses, routes.
        case network
        /// A program that no unit starts.
        case process
        /// A socket, folder or file in `/run`, `/tmp` or `/dev/shm`.
        case path
        /// File systems: mounts, swap, free space.
        case mount
        /// A setting of the kernel.
        case sysctl
        /// Name servers.
        case dns
        /// Host name and host keys.
        case identity
        /// A kernel module.
        case module
        /// The kernel and its command line.
        case kernel
        /// A package.
        case package
        /// A file below /etc.
        case file
        /// The way in.
        case login
        /// The boot itself: it does not come to its end, or happens more than once.
        case boot
        /// A playbook that fails.
        case play
        /// A task of the playbook that changes something although nothing changed.
        case idempotence
    }

    /// What kind of thing.
    public var kind: Kind
    /// Which one: a unit, a port such as `tcp/8080`, a path, a container, a task.
    public var subject: String
    /// What it has not survived, such as `the reboot`.
    public var event: String
    /// The loss in one line.
    public var text: String
    /// How it was, when that can be said in a few words.
    public var before: String?
    /// How it is.
    public var after: String?
    /// Why it was lost, where that is known.
    public var cause: String?
    /// Path of the file that says most, where one does.
    public var log: String?

    /// One loss.
    public init(
        _ kind: Kind, _ subject: String, event: String, text: String, before: String? = nil, after: String? = nil,
        cause: String? = nil, log: String? = nil
    ) {
        self.kind = kind
        self.subject = printable(subject)
        self.event = event
        self.text = printable(text)
        self.before = before.map { printable($0) }
        self.after = after.map { printable($0) }
        self.cause = cause.map { printable($0) }
        self.log = log
    }

    /// The loss with its cause, in one line.
    public var line: String { cause.map { "\(text); probably because: \($0)" } ?? text }

    /// Whether both are about the same thing, however it is described.
    func isAboutTheSame(as other: Complaint) -> Bool { kind == other.kind && subject == other.subject }

    /// The same with everything cut to a bearable size: guests write most of it.
    public func bounded() -> Complaint {
        var complaint = self
        complaint.subject = cut(subject, to: 200)
        complaint.event = cut(event, to: 200)
        complaint.text = cut(text, to: 500)
        complaint.before = before.map { cut($0, to: 300) }
        complaint.after = after.map { cut($0, to: 300) }
        complaint.cause = cause.map { cut($0, to: 500) }
        complaint.log = log.map { cut($0, to: 4096) }
        return complaint
    }
}
