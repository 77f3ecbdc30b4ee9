import Foundation
import Synchronization

/// Gathers what a report will say about a test while the test goes on.
public final class TestRecorder: Sendable {
    private struct Notes {
        var checks: [CheckReport] = []
        var differences: [String] = []
    }

    /// What takes how long.
    public let timeline: Timeline
    private let name: String
    private let className: String
    private let asks: TestReport.Question
    private let started: Date
    private let clock = ContinuousClock.now
    private let notes = Mutex(Notes())

    /// Starts with the test.
    public init(_ name: String, in className: String, asks: TestReport.Question = .survival, started: Date = Date()) {
        self.name = name
        self.className = className
        self.asks = asks
        self.started = started
        timeline = Timeline(started: started)
    }

    /// Notes checks.
    public func add(_ checks: [CheckReport]) {
        notes.withLock { $0.checks += checks }
    }

    /// Notes what did not survive, most important first.
    public func add(differences: [String]) {
        notes.withLock { $0.differences += differences }
    }

    /// Whether a play has begun on the machine: only then a failure may be about the subject.
    public var playHasRun: Bool { timeline.spans.contains { $0.kind == .play } }

    /// The test as it ended.
    public func report(_ outcome: TestOutcome, evidence: [EvidenceFile] = []) -> TestReport {
        var test = TestReport(
            name: name, className: className, asks: asks, started: started,
            duration: (ContinuousClock.now - clock).inSeconds, outcome: outcome)
        test.timeline = timeline.spans
        (test.checks, test.differences) = notes.withLock { ($0.checks, $0.differences) }
        test.evidence = evidence
        return test
    }
}
