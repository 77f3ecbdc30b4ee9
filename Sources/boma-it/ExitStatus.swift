import VMHarness

/// How the program ends; documented in the help and the man page.
enum ExitStatus: Int32, CaseIterable, Sendable {
    case done = 0
    case trouble = 1
    case usage = 2
    case doesNotSurvive = 3
    case couldNotTell = 4
    case interrupted = 130

    /// What it means.
    var meaning: String {
        switch self {
        case .done: "done, or the host survives"
        case .trouble: "failed; the message says why"
        case .usage: "wrong usage"
        case .doesNotSurvive: "the host does not survive"
        case .couldNotTell: "could not tell whether the host survives"
        case .interrupted: "interrupted"
        }
    }

    /// The status that a verdict amounts to.
    init(_ verdict: Verdict) {
        self = ExitStatus(rawValue: verdict.exitStatus) ?? .trouble
    }

    /// The status that an error amounts to.
    init(_ error: any Error) {
        switch error {
        case is UsageError: self = .usage
        case is CancellationError: self = .interrupted
        default: self = .trouble
        }
    }
}
