import Foundation

/// The report in the XML that CI systems read: one suite for each class.
///
/// Written so that both the strict schema of Ant's format and the one of Jenkins accept it. What is about the host is a
/// `failure`, what is about the playbook or the harness an `error`.
public struct JUnitReport: Sendable {
    private let report: RunReport

    /// The XML for a report.
    public init(_ report: RunReport) {
        self.report = report
    }

    /// The document. What XML 1.0 forbids is spelt out.
    public var xml: String {
        var classes: [String] = []
        for test in report.tests where !classes.contains(test.className) { classes.append(test.className) }
        let suites = classes.enumerated().map { number, name in
            suite(number, name, report.tests.filter { $0.className == name })
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites>
            \(suites.joined(separator: "\n"))
            </testsuites>

            """
    }

    private func suite(_ number: Int, _ name: String, _ tests: [TestReport]) -> String {
        let started = tests.map(\.started).min() ?? report.started
        let blames = tests.compactMap { test -> Blame? in
            if case .failed(let blame, _) = test.outcome { blame } else { nil }
        }
        let skipped = tests.count { $0.outcome.word == "skipped" }
        let properties = [
            ("run", report.run), ("subject", report.subject), ("verdict", report.verdict.verdict.word.rawValue),
            ("sentence", report.verdict.sentence), ("state", report.finished == nil ? "unfinished" : "finished"),
        ]
        return """
            <testsuite name="\(Self.token(name))" package="boma-it" id="\(number)" \
            timestamp="\(started.formatted(.iso8601).dropLast())" hostname="\(Self.token(report.subject))" \
            tests="\(tests.count)" failures="\(blames.count { $0 == .host })" \
            errors="\(blames.count { $0 != .host })" skipped="\(skipped)" \
            time="\(Self.time(tests.reduce(0) { $0 + $1.duration }))">
            <properties>
            \(properties.map { "<property name=\"\($0)\" value=\"\(Markup.attribute($1, limit: 600))\"/>" }.joined(separator: "\n"))
            </properties>
            \(tests.map(testCase).joined(separator: "\n"))
            <system-out></system-out>
            <system-err></system-err>
            </testsuite>
            """
    }

    private func testCase(_ test: TestReport) -> String {
        let start = """
            <testcase name="\(Self.token(test.name))" classname="\(Self.token(test.className))" \
            time="\(Self.time(test.duration))"
            """
        switch test.outcome {
        case .passed:
            return start + "/>"
        case .skipped(let reason):
            return "\(start)><skipped message=\"\(Markup.attribute(reason, limit: 2000))\"/></testcase>"
        case .failed(let blame, let text):
            let element = blame == .host ? "failure" : "error"
            let first = text.split(whereSeparator: \.isNewline).first ?? "failed"
            let differences = test.differences.prefix(10).map { "\nnot survived: \($0)" }.joined()
            return """
                \(start)><\(element) type="\(blame.rawValue)" message="\(Markup.attribute(first))">\
                \(Markup.escape(text + differences, limit: 20_000))</\(element)></testcase>
                """
        }
    }

    /// A name that is not empty: the schemas ask for one.
    private static func token(_ text: String) -> String {
        let line = Markup.attribute(lineForPeople(text, limit: 200), limit: 2000)
        return line.isEmpty ? "-" : line
    }

    private static func time(_ seconds: Double) -> String {
        String(format: "%.3f", seconds.isFinite ? min(max(seconds, 0), 1e7) : 0)
    }
}
