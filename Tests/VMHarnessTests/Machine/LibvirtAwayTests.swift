import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// A libvirt that restarts, and a guest whose QEMU is gone: told at once, by name, and never as something else.
final class LibvirtAwayTests: XCTestCase {
    /// Answers like a libvirt that is away for the first calls.
    private func runner(away: Int, saying words: String, then answer: String) -> ScriptedRunner {
        let count = Counter()
        return ScriptedRunner { _ in count.next() <= away ? (1, words) : (0, answer) }
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private let unreachable = "error: failed to connect to the hypervisor\nerror: No such file or directory"
    private let broken = "error: End of file while reading data: Input/output error"

    func testACallThatNeverArrivedIsRepeatedWhileLibvirtRestarts() async throws {
        let scripted = runner(away: 1, saying: unreachable, then: "ok")
        let result = try await Virsh(runner: scripted, uri: "t", patience: .seconds(5)).run(["start", "x"])
        XCTAssertTrue(result.succeeded)
        XCTAssertEqual(scripted.commands.count, 2)
        let impatient = runner(away: 1, saying: unreachable, then: "ok")
        let failed = try await Virsh(runner: impatient, uri: "t").run(["start", "x"])
        XCTAssertFalse(failed.succeeded, "without a run that goes on, at once")
    }

    func testABrokenOffCallIsRepeatedOnlyWhenItOnlyAsks() async throws {
        let asking = runner(away: 1, saying: broken, then: "running")
        let state = try await Virsh(runner: asking, uri: "t", patience: .seconds(5)).state(of: "x")
        XCTAssertEqual(state, "running")
        let doing = runner(away: 1, saying: broken, then: "")
        let result = try await Virsh(runner: doing, uri: "t", patience: .seconds(5)).run(["start", "x"])
        XCTAssertFalse(result.succeeded, "nobody knows what it did")
    }

    func testSilenceIsNotTheAnswerThatADomainIsGone() async throws {
        let away = Virsh(runner: ScriptedRunner { [unreachable] _ in (1, unreachable) }, uri: "t")
        await assertThrows({ try await away.state(of: "x") }) {
            XCTAssertTrue($0.contains("hint: is libvirt running"), $0)
        }
        // virsh says the same of a domain that is not there and of a libvirtd that went away just then.
        for (list, isThere) in [("other\n", false), ("other\nx\n", true)] {
            let virsh = Virsh(
                runner: ScriptedRunner { command in
                    command.arguments.contains("list") ? (0, list) : (1, "error: failed to get domain 'x'")
                }, uri: "t")
            if isThere {
                await assertThrows({ try await virsh.state(of: "x") })
            } else {
                let state = try await virsh.state(of: "x")
                XCTAssertNil(state)
            }
        }
    }

    private func watched(_ state: @escaping @Sendable (Command) -> (Int32, String)) throws -> WatchedRunner {
        let tools = try SystemCommandRunner(logs: try temporaryFolder(), environment: ["PATH": "/usr/bin:/bin"])
        let virsh = Virsh(runner: ScriptedRunner { state($0) }, uri: "t")
        return WatchedRunner(runner: tools, domain: "boma-it-a", virsh: virsh, interval: .milliseconds(50))
    }

    func testAWaitEndsAsSoonAsTheMachineIsGone() async throws {
        for (state, part) in [
            ("shut off (crashed)", "is gone: libvirt says shut off (crashed)"), ("crashed (panicked)", "is gone"),
            ("paused (I/O error)", "free disk space"),
        ] {
            let start = ContinuousClock.now
            let runner = try watched { _ in (0, state) }
            await assertThrows({ try await runner.run(Command("sleep", ["30"], limit: .seconds(30))) }) {
                XCTAssertTrue($0.contains(part) && $0.contains("; fix: "), $0)
            }
            XCTAssertLessThan(ContinuousClock.now - start, .seconds(5))
        }
        let removed = try watched { command in
            command.arguments.contains("list") ? (0, "") : (1, "error: failed to get domain")
        }
        await assertThrows({ try await removed.run(Command("sleep", ["30"], limit: .seconds(30))) }) {
            XCTAssertTrue($0.contains("is gone: libvirt says removed"), $0)
        }
    }

    func testAMachineThatRunsOrALibvirtThatIsAwayEndsNothing() async throws {
        for answer: (Int32, String) in [(0, "running (booted)"), (0, "paused (saving)"), (1, unreachable)] {
            let runner = try watched { _ in answer }
            let result = try await runner.run(Command("sh", ["-c", "sleep 0.4; echo done"]))
            XCTAssertEqual(result.output, "done\n", "\(answer)")
        }
    }
}
