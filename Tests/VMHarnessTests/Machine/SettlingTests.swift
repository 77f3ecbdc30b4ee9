import XCTest

@testable import VMHarness

/// The script runs for real; the tools of the guest are stand-ins that say what a guest's would.
final class SettlingTests: XCTestCase {
    private func settle(_ tools: [String: String]) async throws -> CommandResult {
        try await runGuestScript(tools: tools) { _ in Machine.settling }
    }

    func testAGuestWhosePlaybookPurgedCloudInitHasSettled() async throws {
        let result = try await settle(["systemctl": "echo running"])
        XCTAssertEqual(result.ending, .exited(0))
    }

    func testADegradedSystemHasSettledToo() async throws {
        let result = try await settle(["systemctl": "echo degraded; exit 1", "cloud-init": "exit 0"])
        XCTAssertEqual(result.ending, .exited(0))
    }

    func testCloudInitsOwnWordCounts() async throws {
        let failed = try await settle([
            "systemctl": "echo running", "cloud-init": "[ \"$2\" != --long ] || echo 'status: error'; exit 1",
            "df": "echo Avail; echo 0",
        ])
        XCTAssertEqual(failed.ending, .exited(1))
        XCTAssertTrue(failed.output.contains(CloudInitFailed.fullDisk) && failed.output.contains("status: error"))
        let recovered = try await settle(["systemctl": "echo running", "cloud-init": "exit 2"])
        XCTAssertEqual(recovered.ending, .exited(2))
    }
}
