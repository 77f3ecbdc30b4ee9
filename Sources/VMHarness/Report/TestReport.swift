import Foundation

/// What is known about one test.
public struct TestReport: Codable, Sendable, Equatable {
    /// What a test is about, and so what its result means.
    public enum Question: String, Codable, Sendable {
        /// Whether the subject survives.
        case survival
        /// Whether the harness sees what it has to see: a pass says nothing about the subject.
        case harness
    }

    /// Name of the method.
    public var name: String
    /// Name of its class.
    public var className: String
    /// What it is about.
    public var asks: Question
    /// When it started.
    public var started: Date
    /// How long it ran, in seconds.
    public var duration: Double
    /// How it ended.
    public var outcome: TestOutcome
    /// What it found out about the subject; `nil` when it asked nothing about it.
    public var verdict: Verdict?
    /// What is worth knowing about the subject and decides nothing.
    public var findings: [Complaint]
    /// What took time.
    public var timeline: [TimelineSpan]
    /// What was looked at.
    public var checks: [CheckReport]
    /// What did not survive, most important first.
    public var differences: [String]
    /// Files for a reader, relative to the run's folder.
    public var evidence: [EvidenceFile]

    enum CodingKeys: String, CodingKey {
        case name, asks, started, duration, outcome, verdict, findings, timeline, checks
        case differences, evidence
        case className = "class"
    }

    /// A test with nothing but its result.
    public init(
        name: String, className: String, asks: Question = .survival, started: Date, duration: Double,
        outcome: TestOutcome, verdict: Verdict? = nil
    ) {
        self.name = name
        self.className = className
        self.asks = asks
        self.started = started
        self.duration = duration
        self.outcome = outcome
        self.verdict = verdict
        findings = []
        timeline = []
        checks = []
        differences = []
        evidence = []
    }

    /// The same with everything cut to a bearable size.
    func bounded() -> TestReport {
        var test = self
        test.name = cut(name, to: 300)
        test.className = cut(className, to: 300)
        test.outcome = outcome.bounded()
        test.verdict = verdict?.bounded()
        test.findings = findings.prefix(200).map { $0.bounded() }
        test.timeline = timeline.prefix(2000).map { $0.bounded() }
        test.checks = checks.prefix(300).map { $0.bounded() }
        test.differences = differences.prefix(100).map { cut($0, to: 500) }
        test.evidence = evidence.prefix(500).filter { $0.path.utf8.count < 4096 }
        return test
    }
}
