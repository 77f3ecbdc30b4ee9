import Foundation

/// One test on the page: open when it needs a reader, closed when it passed.
struct TestSection {
    private let test: TestReport
    private let anchor: String

    /// - Parameter anchor: id of the section.
    init(_ test: TestReport, anchor: String) {
        self.test = test
        self.anchor = anchor
    }

    /// The section.
    var html: String {
        """
        <details class="test \(test.outcome.word)" id="\(anchor)"\(test.outcome == .passed ? "" : " open")>
        <summary><h3>\(Self.badge(test.outcome)) \(Markup.escape(PageText.title(ofTest: test.name)))</h3> \
        <span class="quiet">\(glance)</span></summary>
        <p class="quiet"><code>\(Markup.escape(test.className))/\(Markup.escape(test.name))</code> · \
        started \(PageText.time(test.started))\
        \(test.asks == .harness ? " · proves the harness, says nothing about the host" : "")</p>
        \([ending, differences, checks, timeline, evidence].filter { !$0.isEmpty }.joined(separator: "\n"))
        </details>
        """
    }

    /// What one wants to know of a closed section.
    private var glance: String {
        let wrong = test.checks.count { !$0.ok }
        let checks = wrong == 0 ? "\(test.checks.count) checks ok" : "\(wrong) of \(test.checks.count) checks not ok"
        return PageText.duration(test.duration) + (test.checks.isEmpty ? "" : " · \(checks)")
    }

    /// A result as a word with a sign and a colour.
    static func badge(_ outcome: TestOutcome) -> String {
        let (sign, style) =
            switch outcome {
            case .passed: ("✓", "good")
            case .failed(.host, _): ("✗", "bad")
            case .failed: ("?", "unclear")
            case .skipped: ("–", "none")
            }
        return "<span class=\"badge \(style)\">\(sign) \(outcome.word)</span>"
    }

    private var ending: String {
        switch test.outcome {
        case .passed: return ""
        case .skipped(let reason): return "<p>Skipped: \(Markup.escape(reason, limit: 2000))</p>"
        case .failed(let blame, let text):
            let note =
                switch blame {
                case .host: ""
                case .playbook: "<p>This is about the playbook, not about the host.</p>\n"
                case .harness: "<p>This is about boma-it or its control host, not about the host.</p>\n"
                }
            return "\(note)<pre class=\"failure \(blame.rawValue)\">\(Markup.escape(text, limit: 8000))</pre>"
        }
    }

    private var differences: String {
        let lines = test.differences
        guard !lines.isEmpty else { return "" }
        func list(_ lines: ArraySlice<String>) -> String {
            lines.map { "<li>\(Markup.escape($0, limit: 300))</li>" }.joined(separator: "\n")
        }
        let rest = lines.dropFirst(10).prefix(200)
        let more =
            rest.isEmpty
            ? ""
            : """

            <details><summary>\(lines.count - 10) more</summary>
            <ol class="differences" start="11">
            \(list(rest))
            </ol>
            </details>
            """
        return """
            <h4>What did not survive</h4>
            <ol class="differences">
            \(list(lines.prefix(10)))
            </ol>\(more)
            """
    }

    private var checks: String {
        guard !test.checks.isEmpty else { return "" }
        // Failed ones first, otherwise in the order in which they were made.
        let shown = (test.checks.filter { !$0.ok } + test.checks.filter(\.ok)).prefix(300)
        let rows = shown.map { check in
            """
            <tr\(check.ok ? "" : " class=\"wrong\"")><td>\(Self.mark(check.ok))</td>\
            <th scope="row">\(Markup.escape(check.name, limit: 200))</th><td data-label="when">\(Markup.escape(check.moment, limit: 100))</td>\
            <td data-label="expected">\(Markup.escape(check.expected, limit: 300))</td>\
            <td data-label="observed">\(Markup.escape(check.observed))</td></tr>
            """
        }
        let left = test.checks.count - shown.count
        return """
            <h4>Checks</h4>
            <table class="checks"><thead><tr><th scope="col">Result</th><th scope="col">Check</th>\
            <th scope="col">When</th><th scope="col">Expected</th><th scope="col">Observed</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>\(left == 0 ? "" : "<p class=\"quiet\">\(left) more are in report.json.</p>")
            """
    }

    private static func mark(_ isOK: Bool) -> String {
        isOK ? "<span class=\"good\">✓ ok</span>" : "<strong class=\"bad\">✗ not ok</strong>"
    }

    private var timeline: String {
        let chart = TimelineChart(
            test.timeline, from: test.started, to: test.started + (test.duration.isFinite ? test.duration : 0)
        ).html
        return chart.isEmpty ? "" : "<h4>Timeline</h4>\n\(chart)"
    }

    private var evidence: String {
        guard !test.evidence.isEmpty else { return "" }
        let shown = test.evidence.prefix(300)
        let commands = shown.filter(\.isLogOfACommand)
        let logs =
            commands.isEmpty
            ? "" : "<details><summary>Logs of single commands</summary>\n\(list(commands))\n</details>"
        return "<h4>Evidence</h4>\n\(list(shown.filter { !$0.isLogOfACommand }))\n\(logs)"
    }

    private func list(_ files: [EvidenceFile]) -> String {
        guard !files.isEmpty else { return "" }
        let items = files.map { file in
            // The first part is the folder of this test: the same for all.
            let shown = file.path.firstIndex(of: "/").map { file.path[$0...].dropFirst() } ?? file.path[...]
            let name = Markup.escape(shown, limit: 300)
            let link = Markup.link(file.path).map { "<a href=\"\($0)\">\(name)</a>" } ?? name
            return "<li>\(link) <span class=\"quiet\">\(PageText.size(file.bytes))</span></li>"
        }
        return "<ul class=\"files\">\n\(items.joined(separator: "\n"))\n</ul>"
    }
}
