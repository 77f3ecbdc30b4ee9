import Foundation
import XCTest

@testable import VMHarness

/// Writes sample pages; with `BOMA_IT_SAMPLES=folder` they stay, for eyes and validators (scripts/screenshots).
final class ReportLookTests: XCTestCase {
    func testSamplesAreWritten() throws {
        let path = ProcessInfo.processInfo.environment["BOMA_IT_SAMPLES"]
        let folder = try path.map { URL(filePath: $0) } ?? temporaryFolder()
        var unfinished = SampleReports.report(.passed)
        unfinished.finished = nil
        let samples = [
            "failed": SampleReports.failed(), "passed": SampleReports.passed(), "unfinished": unfinished,
            "hostile": SampleReports.hostileReport().bounded(),
        ]
        for (name, report) in samples {
            let run = folder.appending(path: name)
            try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
            try report.json().write(to: run.appending(path: "report.json"))
            try Data(ReportPage(report).html.utf8).write(to: run.appending(path: "index.html"))
            try Data(JUnitReport(report).xml.utf8).write(to: run.appending(path: "junit.xml"))
        }
        try RunsIndex(folder).write()
        XCTAssertEqual(Set(RunsIndex(folder).entries.map(\.folder)), Set(samples.keys))
    }
}
