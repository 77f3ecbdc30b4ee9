/// What a run says about its subject.
public struct RunVerdict: Codable, Sendable, Equatable {
    /// The verdict in one word.
    public enum Word: String, Codable, Sendable, CaseIterable {
        /// A test asked whether the host survives, and nothing failed.
        case survives
        /// A test saw that it does not.
        case doesNotSurvive
        /// Nobody asked, or the harness was not able to.
        case couldNotTell
    }

    /// The verdict.
    public let word: Word
    /// The verdict and why, in one sentence.
    public let sentence: String
    /// Tests that passed.
    public let passed: Int
    /// Tests that failed.
    public let failed: Int
    /// Tests that were skipped.
    public let skipped: Int

    /// Judges a report. In doubt it is "could not tell": a host must not look safe because nobody looked.
    init(on report: RunReport) {
        let tests = report.tests
        passed = tests.count { $0.outcome == .passed }
        failed = tests.count { $0.outcome.isFailure }
        skipped = tests.count - passed - failed
        let subject = lineForPeople(report.subject, limit: 80)
        let unknown = "Could not tell whether \(subject) survives: "

        let seen = tests.lazy.compactMap { test -> String? in
            guard test.asks == .survival, case .failed(.subject, let text) = test.outcome else { return nil }
            return Self.reason(text)
        }.first
        let trouble = tests.lazy.compactMap { test -> String? in
            guard case .failed(_, let text) = test.outcome else { return nil }
            return Self.reason(text)
        }.first
        if let seen {
            word = .doesNotSurvive
            let known = "the host did not survive "
            sentence =
                seen.hasPrefix(known)
                ? "\(subject) does not survive \(seen.dropFirst(known.count))"
                : "\(subject) does not survive: \(seen)"
        } else if let trouble {
            word = .couldNotTell
            sentence = unknown + trouble
        } else if report.finished == nil {
            word = .couldNotTell
            sentence = unknown + "the run is unfinished"
        } else if tests.contains(where: { $0.asks == .survival && $0.outcome == .passed }) {
            word = .survives
            let rest = skipped == 0 ? "" : "; \(skipped) skipped"
            sentence = "\(subject) survives: \(passed) of \(tests.count) tests passed\(rest)"
        } else {
            word = .couldNotTell
            let skips = tests.lazy.compactMap { test -> String? in
                guard case .skipped(let reason) = test.outcome else { return nil }
                return Self.reason(reason)
            }
            sentence = unknown + (skips.first.map { "skipped, because \($0)" } ?? "no test asked for it")
        }
    }

    /// The first line of a failure, or the first complaint when that line only announces complaints.
    static func reason(_ text: String) -> String {
        // Bounded before it is split: the text may hold a whole journal.
        let lines = cut(text, to: 20_000).split(whereSeparator: \.isNewline).map {
            $0.trimmingPrefix { $0 == " " }
        }.filter { !$0.isEmpty }
        guard let first = lines.first else { return "no reason was given" }
        guard first.hasSuffix(":"), lines.count > 1 else { return lineForPeople(first, limit: 240) }
        let complaint = lines[1].trimmingPrefix("- ")
        let more = lines.dropFirst(2).count { $0.hasPrefix("- ") }
        return lineForPeople("\(first) \(complaint)", limit: 360) + (more == 0 ? "" : " (and \(more) more)")
    }
}
