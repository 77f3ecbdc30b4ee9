import Foundation
import XCTest

@testable import VMHarness

#if canImport(FoundationXML)
    import FoundationXML
#endif

final class JUnitReportTests: XCTestCase {
    private func parse(_ xml: String) throws -> [String: [[String: String]]] {
        let reader = ElementReader()
        let parser = XMLParser(data: Data(xml.utf8))
        parser.delegate = reader
        XCTAssertTrue(parser.parse(), "\(String(describing: parser.parserError))")
        return reader.elements
    }

    func testFailuresOfTheHostAndErrorsOfTheHarnessAreApart() throws {
        let elements = try parse(JUnitReport(SampleReports.failed()).xml)
        let suites = try XCTUnwrap(elements["testsuite"])
        XCTAssertEqual(suites.map { $0["name"] }, ["IncidentReproTests", "RebootProofTests"])
        XCTAssertEqual(suites.map { $0["tests"] }, ["2", "2"])
        XCTAssertEqual(suites.map { $0["failures"] }, ["1", "0"])
        XCTAssertEqual(suites.map { $0["errors"] }, ["0", "1"])
        XCTAssertEqual(suites.map { $0["skipped"] }, ["0", "1"])
        XCTAssertEqual(suites[0]["timestamp"], "2026-06-17T09:30:45")
        XCTAssertEqual(
            elements["failure"]?.first?["message"]?.hasPrefix("dead from outside: web on port 8080: Connection timed"),
            true)
        XCTAssertEqual(elements["error"]?.count, 1)
        XCTAssertEqual(elements["skipped"]?.map { $0["message"] }, ["systemd in the guest is too old"])
    }

    func testHostileTextLeavesItWellFormed() throws {
        let elements = try parse(JUnitReport(SampleReports.hostileReport()).xml)
        XCTAssertEqual(elements["testcase"]?.count, 2)
        XCTAssertNil(elements["script"])
    }

    func testItFitsTheSchema() async throws {
        let folder = try temporaryFolder()
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
        let schema = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/junit.xsd")
        var empty = SampleReports.passed()
        empty.tests = []
        for report in [SampleReports.failed(), SampleReports.passed(), SampleReports.hostileReport(), empty] {
            let file = folder.appending(path: "junit.xml")
            try Data(JUnitReport(report).xml.utf8).write(to: file)
            do {
                try await runner.run(
                    Command("xmllint", ["--noout", "--schema", schema.standardizedFileURL.path, file.path])
                ).requireSuccess("validating junit.xml")
            } catch is MissingToolError {
                throw XCTSkip("xmllint is not installed")
            }
        }
    }
}

/// Attributes of all elements, by name of the element.
private final class ElementReader: NSObject, XMLParserDelegate {
    var elements: [String: [[String: String]]] = [:]

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        elements[name, default: []].append(attributes)
    }
}
