/// The page of `docs/runbooks` that is about a trouble. Errors name theirs.
public enum Runbook: String, Codable, Sendable, CaseIterable {
    /// The boot of a machine does not come to its end.
    case bootHangs = "boot-hangs.md"
    /// No login works.
    case sshNeverAnswers = "ssh-never-answers.md"
    /// A playbook failed.
    case playFails = "play-fails.md"
    /// It can't be shown that exactly one reboot happened.
    case rebootNotProven = "reboot-not-proven.md"
    /// The control host has too little memory or disk.
    case lowMemory = "low-memory.md"
    /// The golden image can't be had or used.
    case imageProblems = "image-problems.md"

    /// The page, relative to the repository.
    public var path: String { "docs/runbooks/\(rawValue)" }
}
