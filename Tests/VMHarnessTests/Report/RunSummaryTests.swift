import Foundation
import XCTest

@testable import VMHarness

final class RunSummaryTests: XCTestCase {
    private func add(_ id: String, _ report: RunReport?, in runs: URL) throws {
        let folder = runs.appending(path: id)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try report?.json().write(to: folder.appending(path: "report.json"))
    }

    func testTheNewestComeFirstWithTheirVerdict() throws {
        let runs = try temporaryFolder()
        var asksNothing = SampleReports.report(.survives)
        asksNothing.tests = []
        try add("20260101T000000Z-a", SampleReports.report(.survives), in: runs)
        try add("20260102T000000Z-a", SampleReports.failed(), in: runs)
        try add("20260103T000000Z-a", nil, in: runs)
        try add("20260104T000000Z-a", asksNothing, in: runs)
        try add("20260105T000000Z-a", SampleReports.report(.couldNotTell(.interrupted)), in: runs)
        try add("20251231T000000Z-a", nil, in: runs)
        // Of an older version.
        try Data(
            #"""
            {"schema": 1, "run": "r", "subject": "a", "started": "2026-06-17T09:30:05Z", "written": "2026-06-17T09:31:05Z",
             "verdict": {"word": "survives", "sentence": "a survives: 1 of 1 tests passed", "passed": 1, "failed": 0,
                         "skipped": 0}, "next": []}
            """#.utf8
        ).write(to: runs.appending(path: "20251231T000000Z-a/report.json"))
        try add("not-a-run", nil, in: runs)
        let all = RunSummary.newest(10, in: runs)
        XCTAssertEqual(
            all.map(\.words),
            ["could not tell", "asked nothing", "no report", "does not survive", "survives", "survives"])
        XCTAssertEqual(all.map(\.seconds), [912, 912, nil, 912, 912, 60])
        XCTAssertEqual(RunSummary.newest(2, in: runs).map(\.id), ["20260105T000000Z-a", "20260104T000000Z-a"])
        XCTAssertEqual(RunSummary.newest(2, in: runs.appending(path: "nowhere")).count, 0)
    }

    func testTheLastWordsCanBePasted() {
        let folder = URL(filePath: "/runs/a b/test")
        let config = URL(filePath: "/cache/m/ssh_config")
        func steps(_ verdict: Verdict, isKept: Bool = true) -> NextSteps {
            NextSteps(
                verdict, subject: "askari", machine: "boma-it-askari-1", evidence: folder,
                gaps: ["no answer for ss.txt"], sshConfig: isKept ? config : nil)
        }
        XCTAssertEqual(
            steps(.couldNotTell(Trouble(.error, "it broke\nand more"))).text,
            """
            FAILED: Could not tell whether askari survives: it broke and more
            evidence: /runs/a b/test (no answer for ss.txt)
            the machine is kept; next:
              ssh -F /cache/m/ssh_config askari
              less '/runs/a b/test/console.log'
              boma-it clean boma-it-askari-1
            """)
        XCTAssertTrue(steps(.couldNotTell(.interrupted), isKept: false).text.contains("BOMA_IT_KEEP=never"))
        // After a play that failed, nothing says as much as its log.
        var trouble = Trouble(.play, "x", blame: .playbook)
        trouble.log = "/runs/a b/play.out"
        XCTAssertEqual(steps(.couldNotTell(trouble)).commands.first, "less '/runs/a b/play.out'")
        let late = Complaint(.play, "site.yml", event: "the reboot", text: "x", log: "/l")
        XCTAssertEqual(steps(.doesNotSurvive([late]), isKept: false).commands.first, "less /l")
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
