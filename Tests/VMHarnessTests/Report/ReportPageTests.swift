import Foundation
import XCTest

@testable import VMHarness

final class ReportPageTests: XCTestCase {
    private func assertOrder(_ parts: [String], in text: String, line: UInt = #line) {
        var rest = text[...]
        for part in parts {
            guard let range = rest.range(of: part) else { return XCTFail("no '\(part)' in its place", line: line) }
            rest = rest[range.upperBound...]
        }
    }

    private func addresses(in html: String) -> [String] {
        html.matches(of: /(?:href|src)="([^"]*)"/).map { String($0.output.1) }
    }

    func testTheVerdictComesFirstAndFailuresBeforeWhatIsFine() {
        let report = SampleReports.failed()
        let html = ReportPage(report).html
        assertOrder(
            [
                "<h1>\(report.verdict.sentence)</h1>", "make test-integration-clean", "With the fix the host survives",
                "What is not an ordered reboot is refused", "Soft reboot", "Without the fix the reboot kills",
                "Environment",
            ], in: html)
        XCTAssertTrue(html.contains("✗ Does not survive</span>"), "a word, not only a colour")
        XCTAssertTrue(html.contains("<details class=\"test failed\" id=\"test-2\" open>"))
        XCTAssertTrue(html.contains("<details class=\"test passed\" id=\"test-1\">"))
        XCTAssertTrue(ReportPage(SampleReports.passed()).html.contains("✓ Survives</span>"))
    }

    func testEachCheckHasWhatWasExpectedAndSeenWrongOnesFirst() {
        var report = SampleReports.report(SampleReports.complaint)
        report.tests[0].checks = [
            CheckReport("good one", moment: "before", expected: "e1", observed: "o1", ok: true),
            CheckReport("wrong one", moment: "after", expected: "e2", observed: "o2", ok: false),
        ]
        assertOrder(["wrong one", ">after<", ">e2<", ">o2<", "good one", ">e1<", ">o1<"], in: ReportPage(report).html)
    }

    func testTenDifferencesAreSeenTheRestIsFolded() {
        var report = SampleReports.report(SampleReports.complaint)
        report.tests[0].differences = (1...12).map { "difference \($0);" }
        let html = ReportPage(report).html
        assertOrder(
            ["difference 1;", "difference 10;", "<details><summary>2 more", "difference 11;", "difference 12;"],
            in: html)
        XCTAssertEqual(html.components(separatedBy: "<li>difference").count - 1, 12, "none is shown twice")
    }

    func testAnUnfinishedRunSaysSo() {
        var report = SampleReports.passed()
        XCTAssertFalse(ReportPage(report).html.contains(">unfinished<"))
        report.finished = nil
        XCTAssertTrue(ReportPage(report).html.contains(">unfinished<"))
    }

    func testHostileTextCanNotAct() {
        let html = ReportPage(SampleReports.hostileReport()).html
        for tag in ["<script", "<b>", "</pre><s", "\" onload", "' onload", "&amp; ]]"] {
            XCTAssertFalse(html.contains(tag), tag)
        }
        let unseen = html.unicodeScalars.filter { Invisible.contains($0) && $0 != "\n" }
        XCTAssertEqual(unseen.map(\.value), [])
        XCTAssertTrue(html.contains("\\u{202e}dlrow"), "spelt out, not swallowed")
    }

    func testEverythingIsBounded() throws {
        let report = SampleReports.hostileReport()
        XCTAssertLessThan(ReportPage(report).html.utf8.count, 5_000_000)
        XCTAssertLessThan(JUnitReport(report).xml.utf8.count, 500_000)
        XCTAssertLessThan(try report.bounded().json().count, 8_000_000)
    }

    func testNothingIsFetchedFromElsewhere() {
        for report in [SampleReports.failed(), SampleReports.hostileReport()] {
            let html = ReportPage(report).html
            XCTAssertFalse(html.contains("url(") || html.contains("@import") || html.contains("<link"))
            for address in addresses(in: html) {
                XCTAssertTrue(["./", "../", "#"].contains { address.hasPrefix($0) }, address)
            }
        }
    }

    func testEvidenceIsLinkedOnlyDownwards() {
        XCTAssertEqual(Markup.link("a b/ü.txt"), "./a%20b/%C3%BC.txt")
        XCTAssertEqual(Markup.link("javascript:alert(1)"), "./javascript%3Aalert%281%29")
        for path in ["../secret", "a/../../b", "/etc/passwd", "", "a//b", "./a"] {
            XCTAssertNil(Markup.link(path), path)
        }
        var report = SampleReports.report(SampleReports.complaint)
        report.tests[0].evidence = [
            EvidenceFile(path: "t/evidence/ss.txt", bytes: 1200), EvidenceFile(path: "../../x", bytes: 1),
        ]
        let html = ReportPage(report).html
        XCTAssertTrue(html.contains("<a href=\"./t/evidence/ss.txt\">evidence/ss.txt</a> <span class=\"quiet\">1 kB<"))
        XCTAssertFalse(addresses(in: html).contains { $0.contains("../x") })
    }

    func testForeignNumbersDoNotTrap() {
        for value in [Double.infinity, -.infinity, .nan, 1e300, -5] {
            XCTAssertFalse(PageText.duration(value).isEmpty)
            XCTAssertFalse(PageText.clock(value).isEmpty)
        }
        XCTAssertEqual(PageText.clock(3725), "1:02:05")
        XCTAssertEqual(PageText.size(3_400_000), "3.4 MB")
    }

    func testTestNamesReadAsSentences() {
        XCTAssertEqual(PageText.title(ofTest: "testWithTheFixItSurvives"), "With the fix it survives")
        XCTAssertEqual(PageText.title(ofTest: "test_x"), "test_x")
        XCTAssertEqual(PageText.title(ofTest: "boot"), "boot")
    }
}
