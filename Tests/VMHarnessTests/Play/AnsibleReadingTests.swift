import Foundation
import XCTest

@testable import VMHarness

/// What Ansible itself reads for the harness. Needs Ansible, no machine.
final class AnsibleReadingTests: XCTestCase {
    private var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
    }

    private func makeStore(_ change: (inout HarnessConfiguration) -> Void = { _ in }) throws -> (ProfileStore, URL) {
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BOMA_IT_") }
        var configuration = try HarnessConfiguration(environment: environment, packageRoot: root)
        change(&configuration)
        let folder = try temporaryFolder()
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: configuration.toolEnvironment)
        return (ProfileStore(configuration: configuration, runner: runner), folder)
    }

    override func setUpWithError() throws {
        try skipUnlessInstalled("ansible-inventory")
    }

    func testTheProfileOfAskariIsSound() async throws {
        let (store, folder) = try makeStore()
        let profile = try await store.profile("askari", scratch: folder)
        XCTAssertEqual(profile.subject, "askari")
        XCTAssertNoThrow(try profile.scenario("without_fix"))
        XCTAssertNoThrow(try profile.scenario("with_fix"))
    }

    func testAnUnknownHostNamesTheKnownOnes() async throws {
        let (store, folder) = try makeStore()
        for name in ["nobody", "../askari", ""] {
            await assertThrows({ try await store.profile(name, scratch: folder) }) {
                XCTAssertTrue($0.contains("no profile") && $0.contains("askari"), $0)
            }
        }
    }

    func testBrokenYAMLNamesTheFile() async throws {
        let (store, folder) = try makeStore { $0.profiles = $0.cache }
        for (name, text) in [("broken", "a: [1"), ("list", "- a\n"), ("text", "just words\n")] {
            let file = folder.appending(path: "\(name).yml")
            try text.write(to: file, atomically: true, encoding: .utf8)
            let yaml = YAMLFile(file, runner: store.runner, scratch: folder)
            await assertThrows({ try await yaml.variables() }) {
                XCTAssertTrue($0.contains(file.path) && $0.contains("not YAML"), $0)
            }
        }
        let missing = YAMLFile(folder.appending(path: "missing.yml"), runner: store.runner, scratch: folder)
        await assertThrows({ try await missing.variables() }) { XCTAssertTrue($0.contains("is missing"), $0) }
    }

    func testTheVersionIsTold() async throws {
        let hosts = "all: {hosts: {askari: {}}}\n"
        let lab = try FakeLab(self, files: ["inventory/hosts.yml": hosts, "site.yml": "- hosts: all\n"])
        let version = try await lab.sources().ansibleVersion()
        XCTAssertEqual(version?.hasPrefix("ansible [core "), true, "\(version ?? "none")")
    }
}
