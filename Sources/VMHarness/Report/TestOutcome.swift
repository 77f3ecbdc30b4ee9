/// How a test ended.
public enum TestOutcome: Sendable, Equatable {
    /// Everything held.
    case passed
    /// Something did not; the text says what.
    case failed(FailureCause, String)
    /// It did not run; the text says why.
    case skipped(String)

    /// A failure as XCTest words it, without the words that XCTest puts around an error.
    ///
    /// - Parameters:
    ///   - description: what `recordFailure` was called with.
    ///   - playHasRun: whether a play had run on the machine; see ``FailureCause``.
    public static func failure(_ description: String, playHasRun: Bool) -> TestOutcome {
        let text = text(ofFailure: description)
        return .failed(FailureCause(failure: text, playHasRun: playHasRun), text)
    }

    /// The text of a failure without XCTest's words around it.
    static func text(ofFailure description: String) -> String {
        var text = description[...]
        let thrown = "threw error \""
        if text.hasPrefix(thrown), text.hasSuffix("\""), text.count > thrown.count {
            text = text.dropFirst(thrown.count).dropLast()
        } else if text.hasPrefix("failed - ") {
            text = text.dropFirst("failed - ".count)
        }
        return String(text)
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
        case .failed(let cause, let text): .failed(cause, cut(text, to: 20_000))
        case .skipped(let reason): .skipped(cut(reason, to: 2000))
        }
    }
}

extension TestOutcome: Codable {
    private enum CodingKeys: String, CodingKey {
        case result, cause, text
    }

    /// Reads `{"result": "passed" | "failed" | "skipped", "cause": …, "text": …}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(String.self, forKey: .result) {
        case "passed":
            self = .passed
        case "failed":
            self = .failed(
                try container.decode(FailureCause.self, forKey: .cause),
                try container.decode(String.self, forKey: .text))
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
        case .failed(let cause, let text):
            try container.encode(cause, forKey: .cause)
            try container.encode(text, forKey: .text)
        case .skipped(let reason):
            try container.encode(reason, forKey: .text)
        }
    }
}
