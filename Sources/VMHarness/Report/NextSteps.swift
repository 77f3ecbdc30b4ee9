import Foundation

/// The last words about a test that did not end well: the verdict, where the evidence is, and what one would type next.
struct NextSteps {
    /// The verdict and why, in one sentence.
    let sentence: String
    /// The play's log, where a play failed: nothing else says as much.
    let log: String?
    let runbook: Runbook?
    let evidence: URL
    let gaps: [String]
    let subject: String
    /// Name of the machine.
    let machine: String
    /// The way into the machine; `nil` when it was not kept.
    let sshConfig: URL?

    init(
        _ verdict: Verdict, subject: String, machine: String, evidence: URL, gaps: [String], sshConfig: URL?
    ) {
        sentence = verdict.sentence(about: subject)
        log = verdict.log
        runbook = verdict.runbook
        self.evidence = evidence
        self.gaps = gaps
        self.subject = subject
        self.machine = machine
        self.sshConfig = sshConfig
    }

    /// Commands that can be pasted as they are, the most useful one first.
    var commands: [String] {
        let folder = evidence.path
        let logs =
            [log].compactMap { $0 }.map { "less \(shellQuoted($0))" } + ["less \(shellQuoted(folder + "/console.log"))"]
        guard let sshConfig else {
            return logs + [
                "less \(shellQuoted(folder + "/evidence/journal.txt"))",
                "BOMA_IT_KEEP=on-failure boma-it survive \(shellQuoted(subject))",
            ]
        }
        let enter = "ssh -F \(shellQuoted(sshConfig.path)) \(shellQuoted(subject))"
        return (log == nil ? [enter] + logs : [logs[0], enter] + logs.dropFirst()) + ["boma-it clean \(machine)"]
    }

    /// Lines for a person, the commands among them.
    var text: String {
        let missing = gaps.isEmpty ? "" : " (\(gaps.joined(separator: "; ")))"
        var lines = ["FAILED: \(sentence)", "evidence: \(evidence.path)\(missing)"]
        if let runbook { lines.append("see \(runbook.path)") }
        lines.append(
            sshConfig == nil ? "the machine was removed (BOMA_IT_KEEP=never); next:" : "the machine is kept; next:")
        return (lines + commands.map { "  \($0)" }).joined(separator: "\n")
    }
}

extension Verdict {
    /// The page of the runbooks that is about it.
    var runbook: Runbook? {
        switch self {
        case .survives: nil
        case .couldNotTell(let trouble): trouble.runbook
        case .doesNotSurvive(let complaints):
            switch complaints.first?.kind {
            case .login: .sshNeverAnswers
            case .boot: .bootHangs
            case .play: .playFails
            default: nil
            }
        }
    }

    /// The log that says most, where there is one.
    var log: String? {
        switch self {
        case .survives: nil
        case .couldNotTell(let trouble): trouble.log
        case .doesNotSurvive(let complaints): complaints.first?.log
        }
    }
}
