import Foundation
import Synchronization
import XCTest

@testable import VMHarness

final class ReportRecorderTests: XCTestCase {
    private func makeRecorder(_ runs: URL, say: @escaping @Sendable (String) -> Void = { _ in }) throws
        -> (ReportRecorder, URL)
    {
        let directory = try RunDirectory(in: runs, subject: "askari")
        return (ReportRecorder(run: directory.id, folder: directory.url, subject: "askari", say: say), directory.url)
    }

    private func read(_ folder: URL) throws -> RunReport {
        try RunReport(json: Data(contentsOf: folder.appending(path: "report.json")))
    }

    /// Without a machine there is no test that could say so.
    func testARunThatCanNotStartSaysWhy() async throws {
        let (recorder, folder) = try makeRecorder(try temporaryFolder())
        let trouble = HarnessTrouble("memory", why: "none left", fix: "buy some", runbook: .lowMemory)
        do {
            try await recorder.recordingStart(EventLog(folder: folder)) { throw trouble }
            XCTFail("it swallowed the error")
        } catch {
            XCTAssertEqual(error as? HarnessTrouble, trouble)
        }
        let report = try read(folder)
        XCTAssertEqual(report.verdict.verdict.word, .couldNotTell)
        XCTAssertEqual(report.verdict.sentence, "Could not tell whether askari survives: memory: none left")
        XCTAssertEqual(report.verdict.verdict.trouble?.fix, "buy some")
        XCTAssertEqual(report.next.suffix(2), ["boma-it doctor", "# see docs/runbooks/low-memory.md"])
        XCTAssertNotNil(report.finished)
    }

    func testAKilledRunLeavesWhatWasKnown() throws {
        let runs = try temporaryFolder()
        let (recorder, folder) = try makeRecorder(runs)
        recorder.describe { $0.accelerator = "tcg" }
        XCTAssertEqual(try read(folder).environment.accelerator, "tcg", "written before the first test has ended")

        recorder.timeline.end(recorder.timeline.begin(.layer, "layer"))
        recorder.add(SampleReports.report(SampleReports.complaint).tests[0], next: ["ssh it"])
        let report = try read(folder)
        XCTAssertNil(report.finished)
        XCTAssertEqual(report.tests.count, 1)
        XCTAssertEqual(report.timeline.map(\.name), ["layer"])
        XCTAssertEqual(report.next, ["# \(SampleReports.survives)", "ssh it"])
        for file in ["index.html", "junit.xml", "../index.html"] {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            XCTAssertTrue(text.contains("unfinished"), file)
        }

        recorder.finish()
        XCTAssertNotNil(try read(folder).finished)
        let page = try String(contentsOf: recorder.page, encoding: .utf8)
        XCTAssertFalse(page.contains("unfinished"))
    }

    func testOnlyTheOwnerCanReadWhatAGuestSaid() throws {
        let runs = try temporaryFolder()
        let (recorder, folder) = try makeRecorder(runs)
        recorder.finish()
        for file in ["report.json", "index.html", "junit.xml", "../index.html"] {
            let path = folder.appending(path: file).standardizedFileURL.path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            XCTAssertEqual(mode?.intValue, 0o600, file)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        XCTAssertEqual(left.sorted(), ["index.html", "junit.xml", "report.json"], "no half file stays")
    }

    func testTestsThatEndAtOnceAreAllThere() async throws {
        let (recorder, folder) = try makeRecorder(try temporaryFolder())
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    recorder.add(
                        TestReport(name: "\(number)", className: "C", started: Date(), duration: 1, outcome: .passed))
                }
            }
        }
        XCTAssertEqual(Set(try read(folder).tests.map(\.name)).count, 20)
    }

    func testWhatAGuestWroteIsCutBeforeItIsWritten() throws {
        let (recorder, folder) = try makeRecorder(try temporaryFolder())
        recorder.add(SampleReports.hostileReport().tests[0])
        let size = try FileManager.default.attributesOfItem(atPath: folder.appending(path: "report.json").path)[.size]
        XCTAssertLessThan(try XCTUnwrap(size as? NSNumber).intValue, 4_000_000)
    }

    func testAReportThatCanNotBeWrittenEndsNoTest() throws {
        let said = Mutex<[String]>([])
        let (recorder, folder) = try makeRecorder(try temporaryFolder()) { text in said.withLock { $0.append(text) } }
        try FileManager.default.removeItem(at: folder)
        recorder.finish()
        XCTAssertEqual(said.withLock { $0.count }, 1)
        XCTAssertTrue(said.withLock { $0[0] }.hasPrefix("can't write the report"))
        XCTAssertNotNil(recorder.report.finished)
    }

    func testARecorderGathersATest() async {
        let recorder = TestRecorder("testX", in: "C", asks: .harness)
        await recorder.timeline.measure(.play, "converge") {}
        recorder.add(findings: [Complaint(.unit, "u", event: "e", text: "t")])
        recorder.add([CheckReport("c", moment: "m", expected: "e", observed: "o", ok: true)])
        recorder.add(differences: ["one"])
        recorder.add(differences: ["two"])
        let test = recorder.report(.passed, evidence: [EvidenceFile(path: "a", bytes: 1)])
        XCTAssertEqual(test.timeline.map(\.name), ["converge"])
        XCTAssertEqual(test.checks.map(\.name), ["c"])
        XCTAssertEqual(test.differences, ["one", "two"])
        XCTAssertEqual(test.findings.map(\.text), ["t"])
        XCTAssertEqual(test.evidence.map(\.path), ["a"])
        XCTAssertEqual(test.asks, .harness)
        XCTAssertGreaterThan(test.duration, 0)
    }

    func testPlaysComeFromTheirEventsInTheOrderOfTime() throws {
        let folder = try temporaryFolder()
        for (name, time) in [("a.events.jsonl", 20), ("b.events.jsonl", 10), ("c.log", 5)] {
            try Data("{\"event\": \"play\", \"time\": \(time), \"name\": \"\(name)\"}\n".utf8)
                .write(to: folder.appending(path: name))
        }
        let recorder = TestRecorder("testX", in: "C")
        recorder.addPlays(in: folder)
        XCTAssertEqual(recorder.timeline.spans.map(\.name), ["b.events.jsonl", "a.events.jsonl"])
        recorder.addPlays(in: folder.appending(path: "none"))
        XCTAssertEqual(recorder.timeline.spans.count, 2)
    }

    func testEvidenceIsPlainFilesOfTheRun() throws {
        let run = try temporaryFolder()
        let folder = run.appending(path: "t/evidence")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("12345".utf8).write(to: folder.appending(path: "ss.txt"))
        try Data("1".utf8).write(to: run.appending(path: "t/console.log"))
        try Data().write(to: run.appending(path: "t/nothing.err"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "link"), withDestinationURL: URL(filePath: "/etc/passwd"))
        XCTAssertEqual(
            EvidenceFile.all(in: folder, of: run), [EvidenceFile(path: "t/evidence/ss.txt", bytes: 5)])
        XCTAssertEqual(EvidenceFile.all(in: run.appending(path: "t"), of: run).count, 2)
        XCTAssertEqual(EvidenceFile.all(in: URL(filePath: "/etc"), of: run), [], "not of this run")
        XCTAssertEqual(EvidenceFile.all(in: run.appending(path: "none"), of: run), [])
    }

    func testAnObservationBecomesChecks() throws {
        let profile = try JSONDecoder().decode(
            Profile.self,
            from: Data(
                """
                {"subject": "askari", "playbook": "site.yml", "egress": {"containers": ["web", "gone"]},
                 "published": [{"container": "web", "port": 8080, "path": "/", "body": "karibu"}]}
                """.utf8))
        let inside = try JSONDecoder().decode(
            InsideView.self,
            from: Data(
                """
                {"answers": {"8080": {"ok": true, "detail": "answers"}}, "ruleset": "", "system_state": "degraded",
                 "containers": [{"name": "web", "status": "exited"}], "failed_units": ["x.service"],
                 "container_egress": {"web": {"ok": true, "detail": "200"}}, "host_egress": {"ok": true, "detail": "200"}}
                """.utf8))
        let seen = Observation(
            outside: [8080: Answer(ok: false, detail: "timed out")], inside: inside, profile: profile)
        let checks = seen.checks("after the reboot")
        XCTAssertEqual(Set(checks.map(\.moment)), ["after the reboot"])
        XCTAssertEqual(
            checks.filter { !$0.ok }.map { "\($0.name): \($0.observed)" },
            [
                "web on port 8080, from outside: timed out", "egress from inside container gone: not asked",
                "systemd: degraded, failed: x.service", "container web: exited",
            ])
        XCTAssertEqual(checks.count, 7)
        XCTAssertEqual(checks[0].expected, "answers with 'karibu'")
    }
}
