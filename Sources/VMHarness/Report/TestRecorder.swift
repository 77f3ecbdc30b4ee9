import Foundation
import Synchronization

/// Gathers what a report will say about a test while the test goes on.
public final class TestRecorder: Sendable {
    private struct Notes {
        var checks: [CheckReport] = []
        var differences: [String] = []
        var findings: [Complaint] = []
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
    ///
    /// - Parameter progress: shows what is going on.
    public init(
        _ name: String, in className: String, asks: TestReport.Question = .survival, started: Date = Date(),
        progress: LiveProgress? = nil
    ) {
        self.name = name
        self.className = className
        self.asks = asks
        self.started = started
        timeline = Timeline(started: started, progress: progress)
    }

    /// Notes checks.
    public func add(_ checks: [CheckReport]) {
        notes.withLock { $0.checks += checks }
    }

    /// Notes what did not survive, most important first.
    public func add(differences: [String]) {
        notes.withLock { $0.differences += differences }
    }

    /// Notes what is worth knowing and decides nothing.
    public func add(findings: [Complaint]) {
        notes.withLock { $0.findings += findings }
    }

    /// Adds the plays and tasks whose events lie in a folder, as `*.events.jsonl`.
    public func addPlays(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let spans = names.filter { $0.hasSuffix(".events.jsonl") }.flatMap { name in
            let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
            return TimelineSpan.spans(ansibleEvents: text ?? "", ended: Date())
        }
        timeline.add(spans.sorted { $0.start < $1.start })
    }

    /// The test as it ended.
    ///
    /// - Parameter verdict: what it found out about the subject; `nil` when it asked nothing about it.
    public func report(_ outcome: TestOutcome, verdict: Verdict? = nil, evidence: [EvidenceFile] = []) -> TestReport {
        var test = TestReport(
            name: name, className: className, asks: asks, started: started,
            duration: (ContinuousClock.now - clock).inSeconds, outcome: outcome, verdict: verdict)
        test.timeline = timeline.spans
        (test.checks, test.differences, test.findings) = notes.withLock { ($0.checks, $0.differences, $0.findings) }
        test.evidence = evidence
        return test
    }
}
