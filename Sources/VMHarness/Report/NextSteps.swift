import Foundation

/// The last words about a failed test: the verdict, where the evidence is, and what one would type next.
struct NextSteps {
    let failure: String
    let evidence: URL
    let gaps: [String]
    let subject: String
    /// The way into the machine; `nil` when it was not kept.
    let sshConfig: URL?

    /// Lines that can be pasted as they are.
    var text: String {
        let missing = gaps.isEmpty ? "" : " (\(gaps.joined(separator: "; ")))"
        let verdict = RunVerdict.reason(TestOutcome.text(ofFailure: failure))
        let folder = evidence.path
        var lines = ["FAILED: \(verdict)", "evidence: \(folder)\(missing)"]
        if let page = Runbook.page(for: failure) { lines.append("see \(page)") }
        if let sshConfig {
            lines += [
                "the machine is kept; next:",
                "  ssh -F \(shellQuoted(sshConfig.path)) \(subject)",
                "  less \(shellQuoted(folder + "/console.log"))",
                "  make test-integration-clean",
            ]
        } else {
            lines += [
                "the machine was removed (BOMA_IT_KEEP=never); next:",
                "  less \(shellQuoted(folder + "/console.log"))",
                "  less \(shellQuoted(folder + "/evidence/journal.txt"))",
                "  BOMA_IT_KEEP=on-failure make test-integration",
            ]
        }
        return lines.joined(separator: "\n")
    }
}
