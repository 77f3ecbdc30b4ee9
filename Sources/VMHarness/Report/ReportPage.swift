import Foundation

/// The report of one run as a page that needs nothing but itself: no script, no network, no other file.
public struct ReportPage: Sendable {
    private let report: RunReport

    /// A page for a report.
    public init(_ report: RunReport) {
        self.report = report
    }

    /// The page. What was not written by us is bounded and can't act.
    public var html: String {
        let verdict = report.verdict
        let parts = [header(verdict), details(verdict), next, tests, setup, environment, footer]
        return PageText.page(
            title: "\(PageText.badge(verdict)): \(report.run)",
            body: parts.filter { !$0.isEmpty }.joined(separator: "\n"))
    }

    private func header(_ verdict: RunVerdict) -> String {
        let style = PageText.style(verdict)
        let unfinished = report.finished == nil ? "<span class=\"badge unclear\">unfinished</span> " : ""
        let took = (report.finished ?? report.written).timeIntervalSince(report.started)
        var facts = [
            "started \(PageText.time(report.started))", "took \(PageText.duration(took))", PageText.counts(verdict),
        ]
        if let accelerator = report.environment.accelerator {
            facts.append(accelerator == "tcg" ? "emulated (tcg), slow" : Markup.escape(accelerator, limit: 40))
        }
        let standIns = report.environment.standIns.count
        if standIns > 0 {
            facts.append("<a href=\"#environment\">\(standIns) stand-in\(standIns == 1 ? "" : "s")</a>")
        }
        return """
            <header class="verdict \(style)">
            <p><span class="badge \(style)">\(Self.sign(verdict)) \(PageText.badge(verdict))</span> \(unfinished)\
            <code>\(Markup.escape(report.run, limit: 120))</code></p>
            <h1>\(Markup.escape(verdict.sentence, limit: 600))</h1>
            <p class="quiet">\(facts.joined(separator: " · "))</p>
            </header>
            <main>
            """
    }

    /// What was lost, one line each with its cause, or why nobody knows; and what is worth knowing beside it.
    private func details(_ verdict: RunVerdict) -> String {
        var sections: [String] = []
        func list(_ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            let items = lines.prefix(50).map { "<li>\(Markup.escape($0, limit: 600))</li>" }
            let left = lines.count - items.count
            sections.append(
                "<h2>\(title)</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul>"
                    + (left == 0 ? "" : "<p class=\"quiet\">\(left) more are in report.json.</p>"))
        }
        list("What was lost", verdict.verdict.complaints.map(\.line))
        if let trouble = verdict.verdict.trouble {
            let owner =
                switch trouble.blame {
                case .host: "This is about the host."
                case .playbook: "This is about the playbook, not about the host."
                case .harness: "This is about boma-it or its control host, not about the host."
                }
            let rest = [trouble.fix.map { "Next: \($0)." }, trouble.runbook.map { "See \($0.path)." }].compactMap { $0 }
            list("Why it could not be told", [owner] + rest)
        }
        list("Worth knowing", verdict.findings.map(\.line))
        return sections.isEmpty ? "" : "<section>\n\(sections.joined(separator: "\n"))\n</section>"
    }

    static func sign(_ verdict: RunVerdict) -> String {
        verdict.asksNothing ? "–" : sign(verdict.verdict.word)
    }

    static func sign(_ word: Verdict.Word) -> String {
        switch word {
        case .survives: "✓"
        case .doesNotSurvive: "✗"
        case .couldNotTell: "?"
        }
    }

    private var next: String {
        guard !report.next.isEmpty else { return "" }
        let lines = report.next.prefix(60).map { Markup.escape(lineForPeople($0, limit: 1000), limit: 8000) }
        return """
            <section>
            <h2>Next</h2>
            <pre class="commands">\(lines.joined(separator: "\n"))</pre>
            </section>
            """
    }

    private var tests: String {
        // Failures first, otherwise in the order in which they ran.
        func rank(_ test: TestReport) -> Int { test.outcome.isFailure ? 0 : test.outcome == .passed ? 2 : 1 }
        let order = report.tests.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
        let sections = order.prefix(200).map { TestSection($0.element, anchor: "test-\($0.offset + 1)").html }
        let left = order.count - sections.count
        return """
            <section>
            <h2>Tests</h2>
            \(sections.isEmpty ? "<p>No test has ended yet.</p>" : sections.joined(separator: "\n"))
            \(left == 0 ? "" : "<p class=\"quiet\">\(left) more are in report.json.</p>")
            </section>
            """
    }

    private var setup: String {
        let chart = TimelineChart(report.timeline, from: report.started, to: report.started).html
        return chart.isEmpty ? "" : "<section>\n<h2>Outside the tests</h2>\n\(chart)\n</section>"
    }

    private var environment: String {
        let facts = report.environment
        var rows: [(String, String)] = []
        func add(_ name: String, _ value: String?) {
            if let value { rows.append((name, Markup.escape(value, limit: 600))) }
        }
        add("Accelerator", facts.accelerator)
        add("Time factor", facts.timeFactor.map { String(format: "%g", $0) })
        add("Kernel of the control host", facts.kernel)
        add("libvirt", facts.libvirt)
        add("QEMU", facts.qemu)
        add("Ansible", facts.ansible)
        if let image = facts.image {
            add("Golden image", image.file)
            add("Its source", "\(image.source): \(image.origin)")
            add("Its SHA-256", image.sha256)
        }
        if let layer = facts.layer {
            add("Layer", layer.used ?? "none: machines started from the golden image")
            for miss in layer.misses.prefix(20) { add("Layer not used", miss) }
        }
        add("Cert tier", facts.certTier)
        for sentence in (facts.safety ?? []).prefix(50) { add("Safety", sentence) }
        for standIn in facts.standIns.prefix(50) { add("Stand-in", standIn) }
        guard !rows.isEmpty else { return "" }
        let lines = rows.map { "<tr><th scope=\"row\">\($0.0)</th><td>\($0.1)</td></tr>" }
        return """
            <section id="environment">
            <h2>Environment</h2>
            <table class="facts"><tbody>
            \(lines.joined(separator: "\n"))
            </tbody></table>
            </section>
            """
    }

    private var footer: String {
        """
        </main>
        <footer><p><a href="./report.json">report.json</a> · <a href="./junit.xml">junit.xml</a> · \
        <a href="./events.log">events.log</a> · <a href="../index.html">all runs</a></p>
        <p class="quiet">Written \(PageText.time(report.written)) by boma-it.</p></footer>
        """
    }
}
