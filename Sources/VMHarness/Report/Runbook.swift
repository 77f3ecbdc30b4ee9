/// The page of docs/runbooks that is about a trouble.
enum Runbook: String, CaseIterable {
    case bootHangs = "boot-hangs.md"
    case sshNeverAnswers = "ssh-never-answers.md"
    case playFails = "play-fails.md"
    case rebootNotProven = "reboot-not-proven.md"
    case lowMemory = "low-memory.md"
    case imageProblems = "image-problems.md"

    /// How the texts of those troubles can be known.
    private var marks: [String] {
        switch self {
        case .bootHangs: ["the guest will not come up", "it rebooted by itself"]
        case .sshNeverAnswers: ["nobody can log in any more", "a login to "]
        case .playFails: ["play '"]
        case .rebootNotProven: ["reboot not proven", "unasked reboot", "the guest's boots"]
        case .lowMemory: ["memory: ", "disk: "]
        case .imageProblems: ["image /", "building the image", "asking for Debian's list of digests failed"]
        }
    }

    /// The page about a failure, relative to the repository.
    static func page(for failure: String) -> String? {
        // The beginning decides: further lines quote the guest.
        let head = cut(failure, to: 600)
        return allCases.first { $0.marks.contains { head.contains($0) } }.map { "docs/runbooks/\($0.rawValue)" }
    }
}
