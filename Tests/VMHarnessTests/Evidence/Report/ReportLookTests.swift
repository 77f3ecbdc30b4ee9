import Foundation
import XCTest

@testable import VMHarness

/// Writes sample pages for eyes and validators: `BOMA_IT_SAMPLES=folder`.
final class ReportLookTests: XCTestCase {
    func testSamplesAreWritten() throws {
        guard let path = ProcessInfo.processInfo.environment["BOMA_IT_SAMPLES"] else {
            throw XCTSkip("set BOMA_IT_SAMPLES to a folder to get sample pages")
        }
        let folder = URL(filePath: path)
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
    }
}
