/// What a run says about its subject: the verdict with its sentence, as `report.json` has it.
public struct RunVerdict: Sendable, Equatable {
    /// The verdict.
    public let verdict: Verdict
    /// The verdict and why, in one sentence.
    public let sentence: String
    /// What is worth knowing and decides nothing.
    public let findings: [Complaint]
    /// Tests that passed.
    public let passed: Int
    /// Tests that failed.
    public let failed: Int
    /// Tests that were skipped.
    public let skipped: Int

    /// Puts together what the tests of a report have found out. In doubt it is "could not tell": a host must not look safe
    /// because nobody looked.
    init(on report: RunReport) {
        let tests = report.tests
        passed = tests.count { $0.outcome == .passed }
        failed = tests.count { $0.outcome.isFailure }
        skipped = tests.count - passed - failed
        findings = tests.flatMap(\.findings)
        verdict = Self.verdict(on: report)
        sentence = verdict.sentence(about: report.subject, findings: findings)
    }

    /// The verdict of a run that never came to a test.
    public init(_ verdict: Verdict, about host: String) {
        self.verdict = verdict
        sentence = verdict.sentence(about: host)
        findings = []
        (passed, failed, skipped) = (0, 0, 0)
    }

    /// Whether nobody asked, as in a run of `boma-it up`.
    var asksNothing: Bool { verdict.trouble?.kind == .notAsked && passed + failed + skipped == 0 }

    private static func verdict(on report: RunReport) -> Verdict {
        let tests = report.tests
        let answers = tests.filter { $0.asks == .survival }.compactMap(\.verdict)
        if let seen = answers.first(where: { $0.word == .doesNotSurvive }) { return seen }
        if let doubt = answers.first(where: { $0.word == .couldNotTell }) { return doubt }
        for test in tests {
            // A test of the harness failed, or an assertion failed in one that asks: trust nothing of this run.
            guard case .failed(let blame, let text) = test.outcome else { continue }
            let first = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "\(test.name) failed"
            return .couldNotTell(Trouble(.error, first, blame: blame, detail: text))
        }
        guard report.finished != nil else {
            return .couldNotTell(Trouble(.unfinished, "the run is unfinished", fix: "run it again"))
        }
        if answers.contains(.survives) { return .survives }
        for test in tests {
            guard case .skipped(let reason) = test.outcome else { continue }
            return .couldNotTell(Trouble(.notAsked, "skipped: \(reason)"))
        }
        return .couldNotTell(Trouble(.notAsked, "no test asked for it"))
    }
}

extension RunVerdict: Codable {
    private enum CodingKeys: String, CodingKey { case sentence, findings, passed, failed, skipped }

    /// Reads what ``encode(to:)`` wrote; of an older version, what that had.
    public init(from decoder: any Decoder) throws {
        verdict = try Verdict(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sentence = try container.decode(String.self, forKey: .sentence)
        findings = try container.decodeIfPresent([Complaint].self, forKey: .findings) ?? []
        passed = try container.decode(Int.self, forKey: .passed)
        failed = try container.decode(Int.self, forKey: .failed)
        skipped = try container.decode(Int.self, forKey: .skipped)
    }

    /// Writes the verdict and all about it into one object.
    public func encode(to encoder: any Encoder) throws {
        try verdict.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(sentence, forKey: .sentence)
        try container.encode(findings, forKey: .findings)
        try container.encode(passed, forKey: .passed)
        try container.encode(failed, forKey: .failed)
        try container.encode(skipped, forKey: .skipped)
    }
}
