/// Whom a failure is about.
public enum FailureCause: String, Codable, Sendable {
    /// The host under test.
    case subject
    /// The harness or the machine that it runs on: says nothing about the host.
    case harness

    /// Reads it from the text of a failure, which is all that XCTest hands over.
    ///
    /// The first line decides: further lines may be a guest's. Whatever names a `fix:` is about this machine or about
    /// bad input, and so is a tool that failed unless it was at work in the guest.
    ///
    /// - Parameters:
    ///   - failure: the text, as XCTest or an error words it.
    ///   - playHasRun: whether a play had run on the machine. Before that the host is not yet the subject.
    public init(failure: String, playHasRun: Bool) {
        let line = cut(failure, to: 4000).split(whereSeparator: \.isNewline).first ?? ""
        let inGuest = ["ssh", "ansible-playbook"].contains { line.contains(" failed: \($0) ") }
        let toolFailed = line.contains(" failed: ") && (line.contains(" exited with ") || line.contains(" was ended "))
        let isHarness = line.contains("; fix: ") || (toolFailed && !inGuest)
        self = playHasRun && !isHarness ? .subject : .harness
    }
}
