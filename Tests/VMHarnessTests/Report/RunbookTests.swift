import Foundation
import XCTest

@testable import VMHarness

final class RunbookTests: XCTestCase {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL

    func testEachPageIsThereAndLinkedFromTheFirst() throws {
        let first = try String(
            contentsOf: root.appending(path: "docs/runbooks/integration-testing.md"), encoding: .utf8)
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "docs/runbooks").path)
        for name in Runbook.allCases.map(\.rawValue) { XCTAssertTrue(names.contains(name), name) }
        for name in names where name != "integration-testing.md" { XCTAssertTrue(first.contains("(\(name))"), name) }
    }

    /// Each error names its page; no text is searched for it.
    func testErrorsNameTheirPage() {
        for (error, page) in [
            (GuestIsHopeless(what: "x", line: "y"), .bootHangs),
            (NobodyCanLogIn(causes: ["x"], lastSeen: "y"), .sshNeverAnswers),
            (RebootNotProven.neverWentDown, .rebootNotProven),
            (ImageError(file: URL(filePath: "/x"), problem: "is corrupt", fix: "y"), .imageProblems),
            (HarnessTrouble("x", why: "y", fix: "z"), nil),
        ] as [(any Error, Runbook?)] {
            XCTAssertEqual(Trouble(error).runbook, page, "\(error)")
        }
    }

    func testTheLastWordsNameThePage() {
        let lost = Verdict(afterReboot: NobodyCanLogIn(causes: ["x"], lastSeen: "y"), event: "the reboot")
        let text = NextSteps(
            lost, subject: "askari", machine: "m", evidence: URL(filePath: "/e"), gaps: [], sshConfig: nil
        ).text
        XCTAssertTrue(
            text.hasPrefix("FAILED: askari does not survive the reboot: nobody can log in any more: x"), text)
        XCTAssertTrue(text.contains("\nsee docs/runbooks/ssh-never-answers.md\n"), text)
    }
}
