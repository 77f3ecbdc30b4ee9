import Foundation

/// The page over all runs of a folder. Reads nothing but their `report.json`.
public struct RunsIndex: Sendable {
    private let runs: URL

    /// The index of the runs in a folder.
    public init(_ runs: URL) {
        self.runs = runs
    }

    /// The runs that have a readable report, newest first, by the name of their folder. Whatever else lies there is
    /// passed over.
    var entries: [(folder: String, entry: RunHeader)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        let found = names.filter { !$0.hasPrefix(".") }.compactMap { name in
            RunHeader(in: runs.appending(path: name)).map { (folder: name, entry: $0) }
        }
        return found.sorted { ($0.entry.started, $0.folder) > ($1.entry.started, $1.folder) }
    }

    /// Writes `index.html` into the folder.
    public func write() throws {
        try PrivateFile.writeRedacted(Data(html.utf8), to: runs.appending(path: "index.html"))
    }

    /// The page.
    public var html: String {
        let entries = entries
        let rows = entries.map { folder, entry in
            let verdict = entry.verdict
            let style = PageText.style(verdict)
            let name = Markup.escape(folder, limit: 120)
            let link = Markup.link(folder).map { "<a href=\"\($0)/index.html\">\(name)</a>" } ?? name
            let took = (entry.finished ?? entry.written).timeIntervalSince(entry.started)
            return """
                <tr><td><span class="badge \(style)">\(ReportPage.sign(verdict)) \(PageText.badge(verdict))</span>\
                \(entry.finished == nil ? " <span class=\"badge unclear\">unfinished</span>" : "")</td>\
                <th scope="row">\(link)<br><span class="quiet">\(PageText.time(entry.started))</span></th>\
                <td data-label="host">\(Markup.escape(entry.subject, limit: 80))</td>\
                <td>\(Markup.escape(verdict.sentence, limit: 600))</td>\
                <td data-label="tests">\(PageText.counts(verdict))</td>\
                <td data-label="took">\(PageText.duration(took))</td></tr>
                """
        }
        let table = """
            <table class="runs"><thead><tr><th scope="col">Verdict</th><th scope="col">Which</th><th scope="col">Host</th>\
            <th scope="col">Why</th><th scope="col">Tests</th><th scope="col">Took</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>
            """
        return PageText.page(
            title: "boma-it: all runs",
            body: """
                <header><h1>All runs</h1>
                <p class="quiet">\(entries.count) run\(entries.count == 1 ? "" : "s"), newest first</p></header>
                <main>
                \(entries.isEmpty ? "<p>No run has left a report yet.</p>" : table)
                </main>
                """)
    }
}
