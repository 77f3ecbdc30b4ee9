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

    func testFailuresLeadToTheirPage() {
        for (failure, page) in [
            (
                "\(DidNotSurvive(what: "the reboot", complaints: ["\(GuestIsHopeless(what: "x", line: "y"))"]))",
                "boot-hangs"
            ),
            ("\(NobodyCanLogIn(causes: ["x"], lastSeen: "y"))", "ssh-never-answers"),
            ("\(RebootNotProven.neverWentDown)", "reboot-not-proven"),
            ("threw error \"play 'converge' of site.yml failed in: x", "play-fails"),
            ("\(HarnessTrouble("memory", why: "none", fix: "buy"))", "low-memory"),
            ("\(ImageError(file: URL(filePath: "/x"), problem: "is corrupt", fix: "y"))", "image-problems"),
        ] {
            XCTAssertEqual(Runbook.page(for: failure), "docs/runbooks/\(page).md", failure)
        }
        XCTAssertNil(Runbook.page(for: "dead from outside: hello on port 8080"))
    }

    func testTheLastWordsNameThePage() {
        let text = NextSteps(
            failure:
                "threw error \"\(DidNotSurvive(what: "the reboot", complaints: ["nobody can log in any more: x"]))\"",
            evidence: URL(filePath: "/e"), gaps: [], subject: "askari", sshConfig: nil
        ).text
        XCTAssertTrue(
            text.hasPrefix("FAILED: the host did not survive the reboot: nobody can log in any more: x\n"), text)
        XCTAssertTrue(text.contains("\nsee docs/runbooks/ssh-never-answers.md\n"), text)
    }
}
