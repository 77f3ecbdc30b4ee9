import XCTest

@testable import VMHarness

/// The script runs for real; the tools of the guest are stand-ins that say what a guest's would.
final class WayInTests: XCTestCase {
    private let healthy = [
        "systemctl": "exit 3", "runuser": "exit 0",
        "ss": #"echo 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=7,fd=3))'"#,
    ]

    private func ask(_ changes: [String: String] = [:]) async throws -> (ports: [UInt16], hasSudo: Bool) {
        WayIn.parse(
            try await runGuestScript(tools: healthy.merging(changes) { $1 }) { _ in
                "user=debian\n\(WayIn.question)"
            }.output)
    }

    func testAnUntouchedGuest() async throws {
        let seen = try await ask()
        XCTAssertEqual(seen.ports, [22])
        XCTAssertTrue(seen.hasSudo)
    }

    func testPortsAreThoseThatAnswerFromOutside() async throws {
        let seen = try await ask([
            "ss": """
            echo 'LISTEN 0 128 [::]:2022 [::]:* users:(("sshd",pid=7,fd=4))'
            echo 'LISTEN 0 128 0.0.0.0:2022 0.0.0.0:* users:(("sshd",pid=7,fd=3))'
            echo 'LISTEN 0 128 127.0.0.1:6010 0.0.0.0:* users:(("sshd",pid=9,fd=3))'
            echo 'LISTEN 0 128 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=8,fd=3))'
            """
        ])
        XCTAssertEqual(seen.ports, [2022])
    }

    func testASocketOfSystemdListensForSshd() async throws {
        let seen = try await ask([
            "ss": "exit 0", "systemctl": "case $1 in is-active) exit 0 ;; esac; echo '[::]:2200 (Stream)'",
        ])
        XCTAssertEqual(seen.ports, [2200])
    }

    func testSudoThatAsksForAPasswordIsNoticed() async throws {
        let seen = try await ask(["runuser": "exit 1"])
        XCTAssertFalse(seen.hasSudo)
    }
}
