import Foundation
import XCTest

@testable import VMHarness

final class RunSummaryTests: XCTestCase {
    private func add(_ id: String, events: String, report: String? = nil, in runs: URL) throws {
        let folder = runs.appending(path: id)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try events.write(to: folder.appending(path: "events.log"), atomically: true, encoding: .utf8)
        try report?.write(to: folder.appending(path: "report.json"), atomically: true, encoding: .utf8)
    }

    func testTheFirstComplaintStandsBehindItsAnnouncement() {
        let events = "[  1:03] FAILED: it did not survive the reboot:\n[  1:03]   - dead: web\n[  1:03]   - more\n"
        XCTAssertEqual(RunSummary.read(events: events).failure, "it did not survive the reboot: dead: web")
        XCTAssertEqual(RunSummary.read(events: "FAILED: all of it:\n").failure, "all of it:")
    }

    func testTheNewestComeFirstWithTheirVerdict() throws {
        let runs = try temporaryFolder()
        try add("20260101T000000Z-a", events: "[  0:01] machine: x started\n[  2:05] machine: x destroyed\n", in: runs)
        try add(
            "20260102T000000Z-a",
            events: "[  1:00] collecting evidence\nFAILED: the host did not survive the reboot:\n  less x\n", in: runs)
        try add("20260103T000000Z-a", events: "[  0:09] machine: started\n", in: runs)
        try add("20260104T000000Z-a", events: "[  1:01] end\n", report: #"{"verdict": {"word": "survives"}}"#, in: runs)
        try add("20260105T000000Z-a", events: "\u{0}garbage [a:b] [999999999999:1]", report: "{", in: runs)
        try add(
            "20251201T000000Z-a", events: "[  1:01] up\n",
            report: #"{"verdict": {"word": "couldNotTell"}, "tests": []}"#, in: runs)
        try add(
            "20251130T000000Z-a", events: "[  1:01] up\n",
            report: #"{"verdict": {"word": "couldNotTell"}, "tests": [{}]}"#, in: runs)
        try add("not-a-run", events: "", in: runs)
        let all = RunSummary.newest(10, in: runs)
        XCTAssertEqual(
            all.map(\.verdict),
            [
                "unfinished", "survives", "unfinished", "does not survive", "passed", "no test", "could not tell",
            ])
        XCTAssertEqual(all.map(\.seconds), [nil, 61, 9, 60, 125, 61, 61])
        XCTAssertEqual(RunSummary.newest(2, in: runs).map(\.id), ["20260105T000000Z-a", "20260104T000000Z-a"])
        XCTAssertEqual(RunSummary.newest(2, in: runs.appending(path: "nowhere")), [])
    }

    func testTheLastWordsCanBePasted() {
        let folder = URL(filePath: "/runs/a b/test")
        let kept = NextSteps(
            failure: "it broke\nand more", evidence: folder, gaps: ["no answer for ss.txt"], subject: "askari",
            sshConfig: URL(filePath: "/cache/m/ssh_config")
        ).text
        XCTAssertEqual(
            kept,
            """
            FAILED: it broke
            evidence: /runs/a b/test (no answer for ss.txt)
            the machine is kept; next:
              ssh -F /cache/m/ssh_config askari
              less '/runs/a b/test/console.log'
              make test-integration-clean
            """)
        let gone = NextSteps(failure: "", evidence: folder, gaps: [], subject: "askari", sshConfig: nil).text
        XCTAssertTrue(gone.contains("FAILED: no reason was given") && gone.contains("BOMA_IT_KEEP=never"), gone)
    }

    func testLinesAreFollowedToTheEnd() async throws {
        let file = try temporaryFolder().appending(path: "log")
        try "one\ntwo".write(to: file, atomically: true, encoding: .utf8)
        var seen: [String] = []
        try await followLines(of: file) {
            seen.append($0)
        } while: {
            false
        }
        XCTAssertEqual(seen, ["one", "two"])
    }
}
