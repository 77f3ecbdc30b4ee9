import Foundation

/// A run directory, as a list shows it.
public struct RunSummary: Encodable, Sendable {
    /// Id of the run.
    public var id: String
    /// Its folder.
    public var folder: String
    /// When it began; `nil` when the name does not say.
    public var started: Date?
    /// How long it took, as far as is known.
    public var seconds: Int?
    /// The verdict; `nil` when the run has no report, or asked nothing, as `boma-it up` does.
    public var verdict: Verdict.Word?
    /// The verdict and why, in one sentence; `nil` when the run has no report.
    public var sentence: String?
    /// The report for a browser, when the run has one.
    public var report: String?

    /// The newest runs of a folder, newest first.
    public static func newest(_ count: Int, in runs: URL) -> [RunSummary] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        return names.filter { startTime(of: $0) != nil }.sorted(by: >).prefix(count).map {
            RunSummary(folder: runs.appending(path: $0))
        }
    }

    /// Reads what a run has left.
    init(folder: URL) {
        id = folder.lastPathComponent
        self.folder = folder.path
        started = Self.startTime(of: id)
        if let header = RunHeader(in: folder) {
            seconds = Int((header.finished ?? header.written).timeIntervalSince(header.started))
            sentence = header.verdict.sentence
            let isQuestion = header.verdict.verdict.trouble?.kind != .notAsked
            verdict = isQuestion ? header.verdict.verdict.word : nil
        }
        let page = folder.appending(path: "index.html")
        report = FileManager.default.fileExists(atPath: page.path) ? page.path : nil
    }

    /// The verdict in words for a list.
    public var words: String {
        guard sentence != nil else { return "no report" }
        return verdict.map { PageText.badge($0).lowercased() } ?? "asked nothing"
    }

    /// The time in an id such as `20260617T120000Z-askari`.
    static func startTime(of id: String) -> Date? {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withYear, .withMonth, .withDay, .withTime, .withTimeZone]
        return id.split(separator: "-").first.flatMap { formatter.date(from: String($0)) }
    }
}
