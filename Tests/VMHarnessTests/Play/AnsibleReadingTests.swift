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
                XCTAssertTrue(
                    $0.contains(name == "nobody" ? "no profile" : "no usable name") && $0.contains("askari"), $0)
            }
        }
    }

    func testBrokenYAMLNamesTheFile() async throws {
        let (store, folder) = try makeStore { $0.repository.profiles = $0.cache }
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

    /// Vendored collections have that many.
    func testARepositoryOfManyFilesHasItsDigests() async throws {
        let folder = try temporaryFolder()
        let file = folder.appending(path: "one")
        try Data("one\n".utf8).write(to: file)
        // The same file again and again: what counts is how much is said about it.
        let files = Dictionary(uniqueKeysWithValues: (0..<12_000).map { ("\($0)", file) })
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ["PATH": "/usr/bin:/bin"])
        let digests = try await FileTools(runner: runner).sha256(of: files)
        XCTAssertEqual(digests.count, files.count)
        XCTAssertEqual(Set(digests.values).count, 1)
        let one = try await FileTools(runner: runner).sha256(of: file)
        XCTAssertEqual(digests["0"], one)
    }

    func testALargeInventoryIsReadAsAWhole() async throws {
        let first = "all:\n  hosts:\n    askari: {mine: yes}\n"
        let others = (0..<4_000).map { "    host\($0): {note: \(String(repeating: "x", count: 300))}\n" }.joined()
        let lab = try FakeLab(
            self, files: ["inventory/hosts.yml": first + others, "site.yml": "- hosts: all\n  tasks: []\n"])
        let sources = try await lab.sources()
        try await sources.rehearse()
    }

    /// Their paths are longer than what one variable of a program's environment may have.
    func testARepositoryOfManyRolesIsLookedThrough() async throws {
        var files = [
            "inventory/hosts.yml": "all: {hosts: {askari: {}}}\n",
            "site.yml": "- {hosts: all, gather_facts: false, tasks: [{ansible.builtin.raw: 'true'}]}\n",
        ]
        let name = String(repeating: "long", count: 40)
        for number in 0..<700 { files["roles/\(name)\(number)/defaults/main.yml"] = "a: 1\n" }
        let lab = try FakeLab(self, files: files)
        let recap = try await lab.play()
        XCTAssertEqual(recap.hosts["askari"]?.ok, 1)
    }
}
