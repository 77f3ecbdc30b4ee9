/// The answer to "does this host survive?". In doubt it is "could not tell": a host must not look safe because nobody was able
/// to look, nor dead because we were not.
public enum Verdict: Sendable, Equatable {
    /// Everything that was there is there again.
    case survives
    /// Something was lost; what users notice first comes first.
    case doesNotSurvive([Complaint])
    /// Nobody knows.
    case couldNotTell(Trouble)

    /// The verdict in one word, as reports and scripts have it.
    public enum Word: String, Codable, Sendable, CaseIterable {
        /// See ``Verdict/survives``.
        case survives
        /// See ``Verdict/doesNotSurvive(_:)``.
        case doesNotSurvive
        /// See ``Verdict/couldNotTell(_:)``.
        case couldNotTell
    }

    /// The verdict in one word.
    public var word: Word {
        switch self {
        case .survives: .survives
        case .doesNotSurvive: .doesNotSurvive
        case .couldNotTell: .couldNotTell
        }
    }

    /// What was lost; empty unless something was.
    public var complaints: [Complaint] {
        if case .doesNotSurvive(let complaints) = self { complaints } else { [] }
    }

    /// Why it could not be told; `nil` when it could.
    public var trouble: Trouble? {
        if case .couldNotTell(let trouble) = self { trouble } else { nil }
    }

    /// The status with which a program that asked ends: 0 survives, 3 does not, 4 could not tell, 130 interrupted.
    public var exitStatus: Int32 {
        switch self {
        case .survives: 0
        case .doesNotSurvive: 3
        case .couldNotTell(let trouble): trouble.kind == .interrupted ? 130 : 4
        }
    }

    /// The verdict and why, in one sentence.
    ///
    /// - Parameters:
    ///   - host: name of the host.
    ///   - findings: what is worth knowing and decides nothing.
    public func sentence(about host: String, findings: [Complaint] = []) -> String {
        let host = lineForPeople(host, limit: 80)
        let remark = findings.first.map { "; \($0.line)\(Self.more(findings.count - 1))" } ?? ""
        switch self {
        case .survives:
            return "\(host) survives\(remark)"
        case .couldNotTell(let trouble):
            return "Could not tell whether \(host) survives: \(lineForPeople(trouble.what, limit: 500))"
        case .doesNotSurvive(let complaints):
            guard let first = complaints.first else { return "\(host) does not survive" }
            let rest = Self.more(complaints.count - 1)
            // It came back as it was; what is wrong is its playbook, and only a profile that says so makes that count.
            if complaints.allSatisfy({ $0.kind == .idempotence && $0.event == Self.everyRun }) {
                return "\(host) survives the reboot, but its profile requires idempotence, and "
                    + "its playbook changes something at every run: \(lineForPeople(first.subject, limit: 300))\(rest)"
            }
            return
                "\(host) does not survive \(lineForPeople(first.event, limit: 200)): \(lineForPeople(first.line, limit: 500))\(rest)"
        }
    }

    /// The event of a task that changes something at every run.
    public static let everyRun = "a second run of its playbook"

    private static func more(_ count: Int) -> String { count > 0 ? " (and \(count) more)" : "" }

    /// The verdict of several that were reached about one host: what was seen to be lost counts first, then doubt.
    ///
    /// - Returns: `nil` when there is none.
    public static func combined(_ verdicts: [Verdict]) -> Verdict? {
        verdicts.first { $0.word == .doesNotSurvive } ?? verdicts.first { $0.word == .couldNotTell } ?? verdicts.first
    }

    /// The same with everything cut to a bearable size.
    public func bounded() -> Verdict {
        switch self {
        case .survives: .survives
        case .doesNotSurvive(let complaints): .doesNotSurvive(complaints.prefix(200).map { $0.bounded() })
        case .couldNotTell(let trouble): .couldNotTell(trouble.bounded())
        }
    }
}

extension Verdict: Codable {
    private enum CodingKeys: String, CodingKey { case word, complaints, trouble }

    /// Reads `{"word": …, "complaints": […], "trouble": {…}}`. What an older report lacks is empty.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Word.self, forKey: .word) {
        case .survives: self = .survives
        case .doesNotSurvive:
            self = .doesNotSurvive(try container.decodeIfPresent([Complaint].self, forKey: .complaints) ?? [])
        case .couldNotTell:
            self = .couldNotTell(
                try container.decodeIfPresent(Trouble.self, forKey: .trouble)
                    ?? Trouble(.error, "an older version of boma-it did not write down why"))
        }
    }

    /// Writes what ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(word, forKey: .word)
        switch self {
        case .survives: break
        case .doesNotSurvive(let complaints): try container.encode(complaints, forKey: .complaints)
        case .couldNotTell(let trouble): try container.encode(trouble, forKey: .trouble)
        }
    }
}
