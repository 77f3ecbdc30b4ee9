import Foundation
import XCTest

@testable import VMHarness

final class RunsIndexTests: XCTestCase {
    private func write(_ report: RunReport, in runs: URL, folder: String? = nil) throws {
        let folder = runs.appending(path: folder ?? report.run)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try report.json().write(to: folder.appending(path: "report.json"))
    }

    func testRunsAreListedNewestFirst() throws {
        let runs = try temporaryFolder()
        for (number, report) in [SampleReports.passed(), SampleReports.failed(), SampleReports.passed()].enumerated() {
            var report = report
            report.run = "run-\(number)"
            report.started = SampleReports.start + Double([10, 30, 20][number])
            try write(report, in: runs)
        }
        let index = RunsIndex(runs)
        XCTAssertEqual(index.entries.map(\.folder), ["run-1", "run-2", "run-0"])
        XCTAssertTrue(index.html.contains("<a href=\"./run-1/index.html\">run-1</a>"))
        XCTAssertTrue(index.html.contains("✗ Does not survive"))
        XCTAssertTrue(index.html.contains("<td>askari survives</td>"))
    }

    func testForeignAndBrokenThingsArePassedOver() async throws {
        let runs = try temporaryFolder()
        var odd = SampleReports.passed()
        odd.subject = SampleReports.hostile
        try write(odd, in: runs, folder: "a \"b\" <script>")
        try Data("x".utf8).write(to: runs.appending(path: "a file"))
        let contents: [(String, String)] = [
            ("broken", "{"), ("other", "[1, 2]"), ("empty", ""), ("strange", "{\"run\": 5}"),
        ]
        for (name, text) in contents {
            let folder = runs.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: folder.appending(path: "report.json"))
        }
        try FileManager.default.createDirectory(
            at: runs.appending(path: "folder/report.json"), withIntermediateDirectories: true)
        for name in ["link", "pipe", "no report"] {
            try FileManager.default.createDirectory(at: runs.appending(path: name), withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(
            at: runs.appending(path: "link/report.json"),
            withDestinationURL: runs.appending(path: "a \"b\" <script>/report.json"))
        // Opening it would wait for ever.
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder(), environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
        try await runner.run(Command("mkfifo", [runs.appending(path: "pipe/report.json").path]))
            .requireSuccess("making a pipe")

        let index = RunsIndex(runs)
        XCTAssertEqual(index.entries.map(\.folder), ["a \"b\" <script>"])
        XCTAssertFalse(index.html.contains("<script>"))
        XCTAssertTrue(index.html.contains("href=\"./a%20%22b%22%20%3Cscript%3E/index.html\""))
        XCTAssertTrue(RunsIndex(runs.appending(path: "none")).html.contains("No run has left a report yet"))
    }

    func testManyRunsAreListedFast() throws {
        let runs = try temporaryFolder()
        var report = SampleReports.failed()
        // A playbook of 300 tasks, run twice in each test.
        for number in report.tests.indices {
            report.tests[number].timeline += (0..<600).map {
                TimelineSpan(.task, "role : task \($0)", start: report.started, end: report.started, detail: "changed")
            }
        }
        let json = try report.json()
        for number in 0..<120 {
            let folder = runs.appending(path: "run-\(number)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try json.write(to: folder.appending(path: "report.json"))
        }
        let start = ContinuousClock.now
        XCTAssertEqual(RunsIndex(runs).html.components(separatedBy: "<tr><td>").count - 1, 120)
        let took = ContinuousClock.now - start
        print("120 runs of \(json.count) bytes: \(took.forPeople)")
        XCTAssertLessThan(took, .seconds(20), "after every test this is waited for")
    }
}
