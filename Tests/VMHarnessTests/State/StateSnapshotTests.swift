import Foundation
import XCTest

@testable import VMHarness

final class StateSnapshotTests: XCTestCase {
    private func decode(_ text: String) throws -> StateSnapshot {
        try JSONDecoder().decode(StateSnapshot.self, from: Data(text.utf8))
    }

    private func assertUnavailable(
        _ content: StateSnapshot.Content, _ expected: String, file: StaticString = #filePath, line: UInt = #line
    ) {
        XCTAssertEqual(content, .unavailable(expected), file: file, line: line)
    }

    func testItComesBackFromItsFile() throws {
        let snapshot = SnapshotSamples.snapshot(without: .etc, .unavailable("more than 6000 files"))
        let text = String(decoding: try JSONEncoder().encode(snapshot), as: UTF8.self)
        XCTAssertTrue(text.contains("host_keys"), text)
        XCTAssertEqual(try decode(text), snapshot)
    }

    func testWhatAPartSaysWrongIsUnavailableAndTheOthersCount() throws {
        let snapshot = try decode(
            """
            {"parts": {"dns": {"facts": {"a": "b"}}, "units": {"facts": {"a": 1}}, "mounts": [], "etc": null, "sysctl": {},
            "routes": {"facts": ["x"]}, "packages": {"unavailable": "it hangs", "facts": {"a": "b"}}, "unheard-of": 7}}
            """)
        XCTAssertEqual(snapshot[.dns], .facts(["a": "b"]))
        for part in [StateSnapshot.Part.units, .mounts, .sysctl, .routes] {
            assertUnavailable(snapshot[part], "the answer can't be read")
        }
        assertUnavailable(snapshot[.packages], "it hangs")
        assertUnavailable(snapshot[.firewall], "no answer")
    }

    func testTooMuchIsNotTakenIn() throws {
        let long = String(repeating: "x", count: 30_000)
        let many = (0..<10_001).map { "\"\($0)\":\"\"" }.joined(separator: ",")
        let snapshot = try decode(
            """
            {"parts": {"etc": {"facts": {"a": "\(long)"}}, "dns": {"facts": {"\(long)": ""}},
            "packages": {"facts": {\(many)}}, "units": {"unavailable": "\(long)"}}}
            """)
        for part in [StateSnapshot.Part.etc, .dns, .packages] {
            assertUnavailable(snapshot[part], "the answer is too large")
        }
        assertUnavailable(snapshot[.units], String(long.prefix(300)))
    }

    func testForeignTextCantReachTheTerminal() throws {
        let evil = try decode(#"{"parts": {"packages": {"facts": {"a\u001b[2J\nb\u202ec": "1\r\u0007"}}}}"#)
        let others = StateSnapshot.Part.allCases.filter { $0 != .packages }
        let text = StateDifference(
            from: SnapshotSamples.snapshot([.packages: [:]]), to: evil, omitting: Set(others)
        ).summary()
        XCTAssertEqual(text, #"package a\u{1b}[2J\u{a}b\u{202e}c is new"#)
    }

    // MARK: - Taking one

    private func machine(_ runner: any CommandRunner, timeFactor: Double) throws -> Machine {
        Machine(
            record: MachineRecord(
                name: "m", run: "r", subject: "askari", owner: .current, created: Date(), address: "192.0.2.10",
                mac: "",
                backing: "/", evidence: "/"),
            folder: MachineFolder(url: try temporaryFolder()), virsh: Virsh(runner: runner, uri: "test"),
            runner: runner, accelerator: .kvm, timeFactor: timeFactor, say: { _ in })
    }

    func testItIsOneRoundTripWithMoreTimeForASlowGuest() async throws {
        for (factor, seconds) in [(1.0, 15), (10.0, 60)] {
            let runner = ScriptedRunner { _ in (0, #"{"parts": {"dns": {"facts": {"a": "b"}}}}"#) }
            let snapshot = try await StateSnapshotter(try machine(runner, timeFactor: factor)).take()
            XCTAssertEqual(snapshot[.dns], .facts(["a": "b"]))
            XCTAssertEqual(runner.commands.count, 1)
            let command = try XCTUnwrap(runner.commands.first)
            XCTAssertTrue(command.arguments.last?.contains(#"{"seconds":\#(seconds)}"#) == true, command.line)
            XCTAssertTrue(command.input?.contains("def listeners()") == true)
            XCTAssertGreaterThan(command.limit, .seconds(seconds + 10), "the guest's own limit has to come first")
        }
    }

    func testAnAnswerThatIsNoSnapshotIsTroubleOfTheHarness() async throws {
        for answer in ["", "\u{1B}[2Jhello", "[]", "{}", #"{"parts": 7}"#, String(repeating: "[", count: 100_000)] {
            let snapshotter = StateSnapshotter(try machine(ScriptedRunner { _ in (0, answer) }, timeFactor: 1))
            await assertThrows({ try await snapshotter.take() }) {
                XCTAssertTrue($0.contains("taking a snapshot of askari") && $0.contains("can't be read"), $0)
                XCTAssertFalse($0.contains("\u{1B}"), $0)
            }
        }
    }
}
