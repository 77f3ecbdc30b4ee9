import Foundation
import XCTest

@testable import VMHarness

final class EvidenceTests: XCTestCase {
    private func machine(_ runner: any CommandRunner) throws -> Machine {
        Machine(
            record: MachineRecord(
                name: "m", run: "r", subject: "askari", owner: .current, created: Date(), address: "192.0.2.10",
                mac: "", backing: "/",
                evidence: "/"),
            folder: MachineFolder(url: try temporaryFolder()), virsh: Virsh(runner: runner, uri: "test"),
            runner: runner,
            timeFactor: 1, say: { _ in })
    }

    func testEachProbeGetsItsFile() async throws {
        let runner = ScriptedRunner { command in
            // What a shell would print: the lines of the script that announce a file, with an answer each.
            let names = (command.input ?? "").lines.compactMap { line in
                line.split(separator: "'").dropFirst().first.map(String.init)
            }
            return (0, names.map { "\($0)\nanswer to \($0.split(separator: " ")[1])\n" }.joined())
        }
        let folder = try temporaryFolder()
        let gaps = await EvidenceCollector(try machine(runner), folder: folder).collect()
        XCTAssertEqual(gaps, [])
        XCTAssertEqual(runner.commands.count, 1, "one round trip")
        let ruleset = try String(contentsOf: folder.appending(path: "nft-ruleset.txt"), encoding: .utf8)
        XCTAssertTrue(ruleset.contains("answer to nft-ruleset.txt"), ruleset)
    }

    func testWhatIsMissingIsSaid() async throws {
        let gaps = await EvidenceCollector(
            try machine(ScriptedRunner { _ in (255, "connection refused") }), folder: try temporaryFolder()
        ).collect()
        XCTAssertEqual(gaps.count, EvidenceProbe.standard.count)
    }

    func testTwoRunsInOneSecondHaveTwoFolders() throws {
        let runs = try temporaryFolder()
        let now = Date(timeIntervalSince1970: 0)
        let ids = try [RunDirectory(in: runs, subject: "a", now: now), RunDirectory(in: runs, subject: "a", now: now)]
            .map(\.id)
        XCTAssertEqual(ids, ["19700101T000000Z-a", "19700101T000000Z-a-2"])
    }
}
