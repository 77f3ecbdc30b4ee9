import Foundation

/// How long steps usually take, from the reports of past runs of the same host.
public struct UsualDurations: Sendable {
    private let seconds: [String: [Double]]

    /// Reads the newest reports of a folder.
    ///
    /// - Parameters:
    ///   - subject: host that they have to be about.
    ///   - accelerator: how its guests have to have run: emulation takes ten times as long.
    init(runs: URL, subject: String, accelerator: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        let newest = names.filter { RunSummary.startTime(of: $0) != nil }.sorted(by: >).prefix(30)
        let reports = newest.lazy.compactMap { name -> RunReport? in
            guard let data = try? Data(contentsOf: runs.appending(path: "\(name)/report.json")),
                let report = try? RunReport(json: data), report.subject == subject,
                report.environment.accelerator == accelerator
            else { return nil }
            return report
        }
        self.init(Array(reports.prefix(8)))
    }

    init(_ reports: [RunReport]) {
        var all: [String: [Double]] = [:]
        for span in reports.flatMap({ $0.timeline + $0.tests.flatMap(\.timeline) }) where span.ok {
            guard let end = span.end else { continue }
            all[Self.key(span.kind, span.name), default: []].append(end.timeIntervalSince(span.start))
        }
        seconds = all
    }

    private static func key(_ kind: TimelineSpan.Kind, _ name: String) -> String { "\(kind.rawValue) \(name)" }

    /// The median of what a step took; `nil` when it never ended well.
    func usual(_ kind: TimelineSpan.Kind, _ name: String) -> Duration? {
        guard let known = seconds[Self.key(kind, name)]?.sorted(), !known.isEmpty else { return nil }
        return .seconds(known[known.count / 2])
    }
}
