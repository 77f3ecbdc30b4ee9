import Foundation
@testable import VMHarness
import XCTest

@testable import boma_it

final class VerdictTests: XCTestCase {
    /// Every status of a verdict is the verdict's own.
    func testExitStatusOfVerdicts() {
        let lost = Complaint(.answer, "tcp/80", event: "the reboot", text: "dead")
        for (verdict, status) in [
            (.survives, .done), (.doesNotSurvive([lost]), .doesNotSurvive),
            (.couldNotTell(Trouble(.error, "the host did not survive the reboot")), .couldNotTell),
            (.couldNotTell(Trouble(.play, "x", blame: .playbook)), .couldNotTell),
            (.couldNotTell(.interrupted), .interrupted),
        ] as [(Verdict, ExitStatus)] {
            XCTAssertEqual(ExitStatus(verdict), status)
            XCTAssertEqual(ExitStatus(verdict).rawValue, verdict.exitStatus)
        }
    }

    func testExitStatusOfErrors() {
        XCTAssertEqual(ExitStatus(UsageError(problem: "x")), .usage)
        XCTAssertEqual(ExitStatus(CancellationError()), .interrupted)
        // No error is a verdict: those come from Verdict alone.
        XCTAssertEqual(ExitStatus(RebootNotProven.neverWentDown), .trouble)
        XCTAssertEqual(ExitStatus(DidNotSurvive([])), .trouble)
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
              log in: boma-it ssh boma-it-askari-1
            """)
        XCTAssertEqual(
            [0, 7200, 86400 * 3, -5, .infinity].map(StatusText.age),
            ["0 min old", "2 h old", "3 days old", "0 min old", "11574 days old"])
        XCTAssertTrue(
            StatusText.lines(machine, now: Date(), on: Terminal(isColoured: true)).contains("\u{1b}[1m"))
    }
}
