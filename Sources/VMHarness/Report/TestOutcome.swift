/// How a test ended.
public enum TestOutcome: Sendable, Equatable {
    /// Everything held.
    case passed
    /// Something did not: whose it is, and what.
    case failed(Blame, String)
    /// It did not run; the text says why.
    case skipped(String)

    /// What a verdict is as the outcome of the test that asked for it.
    public init(_ verdict: Verdict) {
        switch verdict {
        case .survives: self = .passed
        case .doesNotSurvive(let complaints): self = .failed(.host, complaints.map(\.line).joined(separator: "\n"))
        case .couldNotTell(let trouble): self = .failed(trouble.blame, trouble.detail ?? trouble.what)
        }
    }

    /// Whether it failed.
    public var isFailure: Bool {
        if case .failed = self { return true }
        return false
    }

    /// `passed`, `failed` or `skipped`.
    public var word: String {
        switch self {
        case .passed: "passed"
        case .failed: "failed"
        case .skipped: "skipped"
        }
    }

    func bounded() -> TestOutcome {
        switch self {
        case .passed: .passed
        case .failed(let blame, let text): .failed(blame, cut(text, to: 20_000))
        case .skipped(let reason): .skipped(cut(reason, to: 2000))
        }
    }
}

extension TestOutcome: Codable {
    private enum CodingKeys: String, CodingKey {
        case result, blame, text
    }

    /// Reads `{"result": "passed" | "failed" | "skipped", "blame": …, "text": …}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(String.self, forKey: .result) {
        case "passed":
            self = .passed
        case "failed":
            self = .failed(
                try container.decode(Blame.self, forKey: .blame), try container.decode(String.self, forKey: .text))
        case "skipped":
            self = .skipped(try container.decode(String.self, forKey: .text))
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .result, in: container, debugDescription: "no such result: \(other)")
        }
    }

    /// Writes what ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(word, forKey: .result)
        switch self {
        case .passed:
            break
        case .failed(let blame, let text):
            try container.encode(blame, forKey: .blame)
            try container.encode(text, forKey: .text)
        case .skipped(let reason):
            try container.encode(reason, forKey: .text)
        }
    }
}
