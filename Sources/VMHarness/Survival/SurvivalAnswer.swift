import Foundation

/// The answer to the question, as programs get it: one JSON object.
public struct SurvivalAnswer: Encodable, Sendable {
    /// Inventory host that was asked about.
    public let host: String
    /// Id of the run; `nil` when none has begun.
    public let run: String?
    /// The report for a browser; `nil` when no run has begun.
    public let report: String?
    /// The verdict with its sentence.
    public let verdict: RunVerdict
    /// Commands for going on, the most useful one first.
    public let next: [String]

    /// The answer of a run that has ended.
    init(_ recorder: ReportRecorder, next: [String]) {
        let report = recorder.report
        host = report.subject
        run = report.run
        self.report = recorder.page.path
        verdict = report.verdict
        self.next = verdict.verdict == .survives ? ["boma-it report \(report.run) --open"] : next
    }

    /// The answer of one that has not begun.
    public init(host: String, _ verdict: Verdict) {
        self.host = host
        run = nil
        report = nil
        self.verdict = RunVerdict(verdict, about: host)
        next = verdict.trouble?.kind == .prerequisite ? ["boma-it doctor"] : []
    }

    private enum CodingKeys: String, CodingKey { case schemaVersion, host, run, report, next }

    /// Writes the verdict's keys beside those of the run.
    public func encode(to encoder: any Encoder) throws {
        try verdict.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(RunReport.schemaVersion, forKey: .schemaVersion)
        try container.encode(host, forKey: .host)
        try container.encodeIfPresent(run, forKey: .run)
        try container.encodeIfPresent(report, forKey: .report)
        try container.encode(next, forKey: .next)
    }
}
