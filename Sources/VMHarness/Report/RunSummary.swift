import Foundation

/// A run directory, as a list shows it.
public struct RunSummary: Codable, Sendable, Equatable {
    /// Id of the run.
    public var id: String
    /// Its folder.
    public var folder: String
    /// When it began; `nil` when the name does not say.
    public var started: Date?
    /// How long it took, as far as is known.
    public var seconds: Int?
    /// `survives`, `does not survive` or `could not tell` of a run with a report; `no test` when it asked nothing, as of
    /// `boma-it up`; and of other commands `passed`, `failed`, `does not survive` or `unfinished`.
    public var verdict: String
    /// First words of the failure.
    public var failure: String?
    /// The report for a browser, when the run has one.
    public var report: String?

    /// The newest runs of a folder, newest first.
    public static func newest(_ count: Int, in runs: URL) -> [RunSummary] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        return names.filter { startTime(of: $0) != nil }.sorted(by: >).prefix(count).map {
            RunSummary(folder: runs.appending(path: $0))
        }
    }

    /// Reads what a run has left: its report when it has one, else its log.
    init(folder: URL) {
        id = folder.lastPathComponent
        self.folder = folder.path
        started = Self.startTime(of: id)
        let events = (try? String(contentsOf: folder.appending(path: "events.log"), encoding: .utf8)) ?? ""
        (verdict, failure, seconds) = Self.read(events: events)
        if let data = try? Data(contentsOf: folder.appending(path: "report.json")),
            let report = try? JSONDecoder().decode(JSONValue.self, from: data),
            let word = report["verdict"]?["word"]?.text.flatMap(RunVerdict.Word.init)
        {
            let isEmpty = report["tests"] == .array([]) && failure == nil
            verdict = isEmpty ? "no test" : PageText.badge(word).lowercased()
        }
        let page = folder.appending(path: "index.html")
        report = FileManager.default.fileExists(atPath: page.path) ? page.path : nil
    }

    /// What the log of a run says about its end.
    static func read(events: String) -> (verdict: String, failure: String?, seconds: Int?) {
        let lines = events.lines
        let failures = lines.indices.compactMap { index -> String? in
            guard let mark = lines[index].range(of: "FAILED: ") else { return nil }
            let words = String(lines[index][mark.upperBound...])
            // Announced complaints stand in the lines below; the first says more than the announcement.
            guard words.hasSuffix(":"), lines.indices.contains(index + 1),
                let complaint = lines[index + 1].range(of: "- ")
            else { return words }
            return "\(words) \(lines[index + 1][complaint.upperBound...])"
        }
        let times = lines.compactMap { line -> Int? in
            guard line.hasPrefix("["), let end = line.firstIndex(of: "]") else { return nil }
            let parts = line[line.index(after: line.startIndex)..<end].split(separator: ":").map {
                Int($0.trimmingCharacters(in: .whitespaces))
            }
            guard parts.count == 2, let minutes = parts[0], let seconds = parts[1] else { return nil }
            return minutes < 1_000_000 ? minutes * 60 + seconds : nil
        }
        if let failure = failures.last {
            let isVerdict = failures.contains { $0.contains("did not survive") }
            return (isVerdict ? "does not survive" : "failed", failure, times.last)
        }
        let isWhole = ["destroyed", "is kept", "done: "].contains { word in lines.last?.contains(word) == true }
        return (isWhole ? "passed" : "unfinished", nil, times.last)
    }

    /// The time in an id such as `20260617T120000Z-askari`.
    static func startTime(of id: String) -> Date? {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withYear, .withMonth, .withDay, .withTime, .withTimeZone]
        return id.split(separator: "-").first.flatMap { formatter.date(from: String($0)) }
    }
}
