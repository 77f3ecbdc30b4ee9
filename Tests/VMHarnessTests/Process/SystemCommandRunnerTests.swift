import Foundation
import Synchronization
import XCTest

@testable import VMHarness

final class SystemCommandRunnerTests: XCTestCase {
    private func makeRunner(show: @escaping @Sendable (String) -> Void = { _ in }) throws -> (SystemCommandRunner, URL)
    {
        let logs = try temporaryFolder()
        let environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "KEPT": "yes"]
        return (try SystemCommandRunner(logs: logs, environment: environment, show: show), logs)
    }

    func testNonZeroExitIsAValueUntilSuccessIsRequired() async throws {
        let (runner, _) = try makeRunner()
        let result = try await runner.run(Command("sh", ["-c", "echo out; echo problem >&2; exit 3"]))
        XCTAssertEqual(result.ending, .exited(3))
        XCTAssertEqual(result.output, "out\n")
        XCTAssertThrowsError(try result.requireSuccess("testing", hint: "do this")) { error in
            let text = "\(error)"
            for part in ["testing failed: sh exited with 3", "problem", "hint: do this", "full log: "] {
                XCTAssertTrue(text.contains(part), "\(part) in: \(text)")
            }
        }
    }

    func testMissingToolNamesToolAndFix() async throws {
        let (runner, _) = try makeRunner()
        await assertThrows({ try await runner.run(Command("boma-it-no-such-tool", [])) }) {
            XCTAssertTrue($0.contains("boma-it-no-such-tool") && $0.contains("make setup"), $0)
        }
    }

    func testInputReachesTheToolAndLeavesNoFile() async throws {
        let (runner, logs) = try makeRunner()
        let result = try await runner.run(Command("cat", [], input: "secret\nline"))
        XCTAssertEqual(result.output, "secret\nline")
        let left = try FileManager.default.contentsOfDirectory(atPath: logs.path).filter { $0.hasSuffix(".in") }
        XCTAssertEqual(left, [])
    }

    func testAToolThatIgnoresTermIsKilledAfterItsLimit() async throws {
        let (runner, _) = try makeRunner()
        let result = try await runner.run(
            Command("sh", ["-c", "trap '' TERM; while :; do sleep 0.1; done"], limit: .milliseconds(300)))
        XCTAssertEqual(result.ending, .timedOut(.milliseconds(300)))
        XCTAssertLessThan(result.duration, .seconds(9))
    }

    /// As ssh, Ansible and most others do.
    func testAToolThatEndsByItselfAtOurSignalIsStillOneThatWasEnded() async throws {
        let (runner, _) = try makeRunner()
        let limit = Duration.milliseconds(300)
        for status in [0, 255] {
            let script = "trap 'exit \(status)' TERM; while :; do sleep 0.05; done"
            let result = try await runner.run(Command("sh", ["-c", script], limit: limit))
            XCTAssertEqual(result.ending, .timedOut(limit))
        }
        // One that was done in time is not.
        let done = try await runner.run(Command("sh", ["-c", "exit 7"], limit: limit))
        XCTAssertEqual(done.ending, .exited(7))
    }

    func testAToolThatIsFasterThanTheScalesHasWrittenTooMuchAllTheSame() async throws {
        let (runner, _) = try makeRunner()
        var command = Command("sh", ["-c", "head -c 3000 /dev/zero | tr '\\0' x"])
        command.outputLimit = 1000
        let result = try await runner.run(command)
        XCTAssertEqual(result.ending, .tooMuchOutput(1000))
        XCTAssertEqual(result.output.count, 1000)
    }

    func testAnAnswerIsKeptAsAWholeWhereItIsAskedFor() async throws {
        let (runner, _) = try makeRunner()
        let script = "echo begin; head -c 3000000 /dev/zero | tr '\\0' x"
        let result = try await runner.run(Command("sh", ["-c", script]).keepingAllOutput())
        XCTAssertTrue(result.output.hasPrefix("begin\n"))
        XCTAssertEqual(result.output.utf8.count, 3_000_006)
        let many = try await runner.run(Command("sh", ["-c", script]).keepingAllOutput(upTo: 1 << 20))
        XCTAssertEqual(many.ending, .tooMuchOutput(1 << 20))
    }

    func testCancellationEndsTheToolAtOnce() async throws {
        let (runner, _) = try makeRunner()
        let task = Task { try await runner.run(Command("sleep", ["30"])) }
        try await Task.sleep(for: .milliseconds(200))
        let start = ContinuousClock.now
        task.cancel()
        await assertThrows({ try await task.value }) { XCTAssertTrue($0.contains("Cancellation"), $0) }
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(4))
    }

    func testChildrenOfTheToolDoNotOutliveIt() async throws {
        let (runner, _) = try makeRunner()
        let result = try await runner.run(Command("sh", ["-c", "sleep 60 & echo $!"]))
        let child = try XCTUnwrap(Int32(result.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        // It has been killed; on a busy machine it gets to die a moment later.
        try await Wait(for: "the child's end", limit: .seconds(5), hint: "").until {
            let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            return state.map { $0.contains(") Z ") } ?? true ? .done(()) : .notYet(state ?? "")
        }
    }

    func testToolsSeeOnlyTheSmallEnvironmentAndCleanSignals() async throws {
        let (runner, _) = try makeRunner()
        let result = try await runner.run(
            Command("sh", ["-c", "env; grep SigBlk /proc/self/status"], environment: ["MORE": "1"]))
        XCTAssertTrue(result.output.contains("KEPT=yes") && result.output.contains("MORE=1"))
        XCTAssertFalse(result.output.contains("HOME="), result.output)
        XCTAssertTrue(result.output.contains("SigBlk:\t0000000000000000"), result.output)
    }

    func testWhatAToolIsGivenIsNotOnTheDiskWhileItRuns() async throws {
        let (runner, logs) = try makeRunner()
        let script = "sleep 0.3; ls '\(logs.path)'; cat"
        let result = try await runner.run(Command("sh", ["-c", script], input: "siri"))
        XCTAssertTrue(result.output.hasSuffix("siri"), result.output)
        XCTAssertFalse(result.output.contains(".in"), result.output)
    }

    func testMuchOutputOnBothStreamsDoesNotBlock() async throws {
        let (runner, _) = try makeRunner()
        let script = "head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2"
        let result = try await runner.run(Command("sh", ["-c", script], limit: .seconds(20)))
        XCTAssertTrue(result.succeeded)
        XCTAssertEqual(result.output.count, 1 << 20, "only the end is kept in memory")
    }

    func testLiveOutputArrivesWholeAndInOrder() async throws {
        let shown = Lines()
        let (runner, _) = try makeRunner(show: shown.add)
        _ = try await runner.run(Command("sh", ["-c", "echo one; sleep 0.5; echo two; printf end"], isShownLive: true))
        XCTAssertEqual(shown.all, ["one", "two", "end"])
    }

    func testEveryCommandIsRecordedWithItsTiming() async throws {
        let (runner, logs) = try makeRunner()
        _ = try await runner.run(Command("sh", ["-c", "exit 4"]))
        _ = try await runner.run(Command("true", [], isPoll: true))
        let text = try String(contentsOf: logs.appending(path: "commands.jsonl"), encoding: .utf8)
        XCTAssertEqual(text.lines.count, 1, "polls are left out")
        XCTAssertTrue(text.contains("exited(4)") && text.contains("\"seconds\""), text)
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var add: @Sendable (String) -> Void { { line in self.lines.withLock { $0.append(line) } } }
    var all: [String] { lines.withLock { $0 } }
}
