import Foundation

/// Everything that is known about one run: what `report.json`, `index.html` and `junit.xml` are written from.
public struct RunReport: Sendable, Equatable {
    /// Version of the format; raised when a reader of the old one would go wrong.
    public static let schemaVersion = 2
    /// Its name in a run's folder.
    static let fileName = "report.json"

    /// Id of the run.
    public var run: String
    /// Inventory host that the machine pretended to be.
    public var subject: String
    /// When it started.
    public var started: Date
    /// When it ended; `nil` while it goes on, and for ever when it was killed.
    public var finished: Date?
    /// When this was written.
    public var written: Date
    /// What it ran with.
    public var environment: RunEnvironment
    /// What took time and belongs to no test, such as making a layer.
    public var timeline: [TimelineSpan]
    /// The tests, in the order in which they ended.
    public var tests: [TestReport]
    /// Commands to paste into a shell.
    public var next: [String]

    /// A run that has just started.
    public init(run: String, subject: String, started: Date) {
        self.run = run
        self.subject = subject
        self.started = started
        written = started
        environment = RunEnvironment()
        timeline = []
        tests = []
        next = []
    }

    /// The same with everything cut to a size that a page and its readers can bear: guests write most of it.
    public func bounded() -> RunReport {
        var report = self
        report.run = cut(run, to: 200)
        report.subject = cut(subject, to: 200)
        report.environment = environment.bounded()
        report.timeline = timeline.prefix(2000).map { $0.bounded() }
        report.tests = tests.prefix(500).map { $0.bounded() }
        report.next = next.prefix(200).map { cut($0, to: 1000) }
        return report
    }

    /// What the tests' verdicts amount to. Always put together anew, so that it can't contradict them.
    public var verdict: RunVerdict { RunVerdict(on: self) }
}

extension RunReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case schemaVersion, run, subject, started, finished, written, verdict, environment, timeline, tests, next
    }

    /// Reads a report; its verdict is put together anew out of those of its tests.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(Int.self, forKey: .schemaVersion)
        guard version == Self.schemaVersion else {
            throw DecodingError.dataCorruptedError(
                forKey: .schemaVersion, in: container,
                debugDescription: "version \(version), this program knows \(Self.schemaVersion)")
        }
        run = try container.decode(String.self, forKey: .run)
        subject = try container.decode(String.self, forKey: .subject)
        started = try container.decode(Date.self, forKey: .started)
        finished = try container.decodeIfPresent(Date.self, forKey: .finished)
        written = try container.decode(Date.self, forKey: .written)
        environment = try container.decode(RunEnvironment.self, forKey: .environment)
        timeline = try container.decode([TimelineSpan].self, forKey: .timeline)
        tests = try container.decode([TestReport].self, forKey: .tests)
        next = try container.decode([String].self, forKey: .next)
    }

    /// Writes all of it, with the verdict for readers that know nothing of its rules.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.schemaVersion, forKey: .schemaVersion)
        try container.encode(run, forKey: .run)
        try container.encode(subject, forKey: .subject)
        try container.encode(started, forKey: .started)
        try container.encodeIfPresent(finished, forKey: .finished)
        try container.encode(written, forKey: .written)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(environment, forKey: .environment)
        try container.encode(timeline, forKey: .timeline)
        try container.encode(tests, forKey: .tests)
        try container.encode(next, forKey: .next)
    }

    /// The report as JSON: sorted keys, times in UTC with milliseconds.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            // The format cuts instead of rounding: without the fraction 5.123 could become 5.122 each time.
            let milliseconds = (date.timeIntervalSince1970 * 1000).rounded() + 0.1
            try container.encode(Date(timeIntervalSince1970: milliseconds / 1000).formatted(Self.time))
        }
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// Reads what ``json()`` wrote.
    public init(json: Data) throws {
        self = try Self.decoder.decode(RunReport.self, from: json)
    }

    /// Reads times with and without fractions of a second.
    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            return try (try? time.parse(text)) ?? Date.ISO8601FormatStyle().parse(text)
        }
        return decoder
    }

    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
