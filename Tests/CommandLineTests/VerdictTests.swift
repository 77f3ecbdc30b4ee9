import Foundation
@testable import VMHarness
import XCTest

@testable import boma_it

final class VerdictTests: XCTestCase {
    func testAHostThatWasHealthyAndIsNotDoesNotSurvive() {
        XCTAssertEqual(RebootVerdict.judge(before: [], after: []).status, .done)
        let verdict = RebootVerdict.judge(before: [], after: ["dead from outside: web"])
        XCTAssertEqual(verdict.status, .doesNotSurvive)
        XCTAssertTrue(verdict.text.contains("dead from outside: web"), verdict.text)
        XCTAssertEqual(RebootVerdict.judge(before: ["dead"], after: ["dead"]).status, .couldNotTell)
        XCTAssertEqual(RebootVerdict.judge(before: ["dead"], after: []).status, .done)
        // What nobody declared counts, too, whatever else was wrong before.
        for before in [[], ["dead"]] {
            let lost = RebootVerdict.judge(before: before, after: before, losses: ["tcp/9000 answered"])
            XCTAssertEqual(lost.status, .doesNotSurvive)
            XCTAssertTrue(lost.text.contains("tcp/9000 answered"), lost.text)
        }
    }

    func testExitStatusOfErrors() {
        XCTAssertEqual(ExitStatus(UsageError(problem: "x")), .usage)
        XCTAssertEqual(ExitStatus(RebootNotProven.neverWentDown), .couldNotTell)
        XCTAssertEqual(ExitStatus(DidNotSurvive(what: "the reboot", complaints: [])), .doesNotSurvive)
        XCTAssertEqual(ExitStatus(HarnessTrouble("a", why: "b", fix: "c")), .trouble)
    }

    func testOneWordIsALineForTheShellAndSeveralAreAProgram() {
        XCTAssertEqual(MachineCommands.line(for: []), [])
        XCTAssertEqual(MachineCommands.line(for: ["dmesg | tail"]), ["dmesg | tail"])
        XCTAssertEqual(MachineCommands.line(for: ["ls", "a b", "*"]), ["ls 'a b' '*'"])
    }

    func testStatusSaysAgeMemoryDiskAndTheWayIn() {
        let machine = MachineStatus(
            name: "boma-it-askari-1", subject: "askari", run: "r", state: "kept", keptBecause: "a\nb",
            domain: "running",
            created: Date(timeIntervalSince1970: 0), memoryMiB: 3072, diskMiB: 900, address: "192.0.2.1",
            evidence: "/e",
            enter: "boma-it ssh boma-it-askari-1")
        let text = StatusText.lines(
            machine, now: Date(timeIntervalSince1970: 3 * 3600), on: Terminal(isColoured: false))
        XCTAssertEqual(
            text,
            """
            boma-it-askari-1  kept, running, 3 h old, 3072 MiB memory, 900 MiB disk
              kept because: a
              run: r
              evidence: /e
              enter: boma-it ssh boma-it-askari-1
            """)
        XCTAssertEqual([0, 7200, 86400 * 3, -5, .infinity].map(StatusText.age).first, "0 min old")
        XCTAssertTrue(
            StatusText.lines(machine, now: Date(), on: Terminal(isColoured: true)).contains("\u{1b}[1m"))
    }
}
