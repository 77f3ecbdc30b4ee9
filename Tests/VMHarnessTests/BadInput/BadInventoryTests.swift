import Foundation
import XCTest

@testable import VMHarness

/// Repositories, inventories and overrides that can't be used: found before anything boots, since only Ansible is called.
final class BadInventoryTests: XCTestCase {
    private static let inventory =
        "all:\n  children:\n    docker_hosts:\n      hosts:\n        askari: {}\n        simba: {}\n"

    /// A small repository that would do; `spoil` makes it bad.
    private func refuse(
        _ name: String, _ says: String, fix: String, environment: [String: String] = [:], spoil: (URL) throws -> Void
    ) async throws {
        let root = try temporaryFolder()
        for folder in ["inventory", "overrides"] {
            try FileManager.default.createDirectory(
                at: root.appending(path: folder), withIntermediateDirectories: true)
        }
        func write(_ text: String, _ path: String) throws {
            try text.write(to: root.appending(path: path), atomically: true, encoding: .utf8)
        }
        try write(Self.inventory, "inventory/hosts.yml")
        try write("- hosts: docker_hosts\n  tasks: []\n", "site.yml")
        try write("{}\n", "overrides/askari.yml")
        try spoil(root)
        let settings = environment.mapValues { $0.replacingOccurrences(of: "ROOT", with: root.path) }
        let configuration = try HarnessConfiguration(
            environment: [
                "BOMA_IT_ANSIBLE_ROOT": root.path, "BOMA_IT_OVERRIDES": root.appending(path: "overrides").path,
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": root.path,
            ].merging(settings) { $1 }, packageRoot: root)
        let runner = try SystemCommandRunner(
            logs: root.appending(path: "logs"), environment: configuration.toolEnvironment)
        let profile = Profile(
            subject: "askari", playbook: "site.yml", published: [], egress: Profile.Egress(containers: []))
        let start = ContinuousClock.now
        do {
            _ = try await PlaySources(
                profile, configuration: configuration, runner: runner, folder: root.appending(path: "work"))
            XCTFail("\(name): was taken")
        } catch let missing as MissingToolError {
            throw XCTSkip("\(missing)")
        } catch {
            let text = "\(error)"
            XCTAssertTrue(text.contains(says) && text.contains(fix), "\(name): \(text)")
            XCTAssertTrue(text.contains("fix: ") || text.contains("hint: ") || text.contains("set it to "), text)
            XCTAssertFalse(text.contains("Traceback") || text.contains("\u{1b}"), text)
        }
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(30), name)
        let log = (try? String(contentsOf: runner.logs.appending(path: "commands.jsonl"), encoding: .utf8)) ?? ""
        XCTAssertFalse(log.contains("virsh") || log.contains("ansible-playbook"), "\(name): only inventories are read")
    }

    func testRepositoriesAndPlaybooksAreRefusedByTheirPath() async throws {
        try await refuse(
            "no repository", "does not exist", fix: "BOMA_IT_ANSIBLE_ROOT",
            environment: ["BOMA_IT_ANSIBLE_ROOT": "/nonexistent"]
        ) { _ in }
        try await refuse(
            "a file as repository", "is not a folder", fix: "BOMA_IT_ANSIBLE_ROOT",
            environment: ["BOMA_IT_ANSIBLE_ROOT": "ROOT/site.yml"]
        ) { _ in }
        try await refuse("no playbook", "site.yml: does not exist", fix: "BOMA_IT_PLAYBOOK") {
            try FileManager.default.removeItem(at: $0.appending(path: "site.yml"))
        }
        try await refuse("a folder as playbook", "site.yml: is not a regular file", fix: "BOMA_IT_PLAYBOOK") {
            try FileManager.default.removeItem(at: $0.appending(path: "site.yml"))
            try FileManager.default.createDirectory(
                at: $0.appending(path: "site.yml"), withIntermediateDirectories: true)
        }
        try await refuse("a pipe as playbook", "site.yml: is not a regular file", fix: "BOMA_IT_PLAYBOOK") {
            try FileManager.default.removeItem(at: $0.appending(path: "site.yml"))
            XCTAssertEqual(mkfifo($0.appending(path: "site.yml").path, 0o600), 0)
        }
        try await refuse(
            "no roles", "roles path /nonexistent: is not a folder", fix: "BOMA_IT_ROLES_PATH",
            environment: ["BOMA_IT_ROLES_PATH": "ROOT:/nonexistent"]
        ) { _ in }
        for (name, value) in [
            ("none", "/nonexistent"), ("a folder", "ROOT"), ("empty", "ROOT/empty"), ("zero", "/dev/zero"),
        ] {
            try await refuse(
                "vault password: \(name)", "is not a file with a password", fix: "BOMA_IT_VAULT_PASSWORD_FILE",
                environment: ["BOMA_IT_VAULT_PASSWORD_FILE": value]
            ) { try Data().write(to: $0.appending(path: "empty")) }
        }
        try await refuse(
            "variables", "is '[1]'", fix: "a JSON object", environment: ["BOMA_IT_EXTRA_VARS": "[1]"]
        ) { _ in }
    }

    func testInventoriesAreRefusedByTheirPath() async throws {
        func hosts(_ root: URL) -> URL { root.appending(path: "inventory/hosts.yml") }
        try await refuse("no inventory", "inventory of ", fix: "BOMA_IT_INVENTORY") {
            try FileManager.default.removeItem(at: $0.appending(path: "inventory"))
        }
        try await refuse(
            "another inventory", "not found (nowhere.yml)", fix: "BOMA_IT_INVENTORY",
            environment: ["BOMA_IT_INVENTORY": "nowhere.yml"]
        ) { _ in }
        for (name, text) in [
            ("empty", ""), ("no hosts", "all: {}\n"), ("unclosed", "all: [\n"), ("a text", "just text\n"),
            ("tabs", "all:\n\thosts:\n"), ("a list", "- askari\n"),
        ] {
            try await refuse("inventory: \(name)", "hosts.yml", fix: "ansible-inventory --list") {
                try text.write(to: hosts($0), atomically: true, encoding: .utf8)
            }
        }
        try await refuse("another host", "host 'askari': is not in the inventory", fix: "choose one of simba") {
            try "all:\n  hosts:\n    simba: {}\n".write(to: hosts($0), atomically: true, encoding: .utf8)
        }
        try await refuse("binary", "host 'askari': is not in the inventory", fix: "choose one of") {
            try "\u{0}\u{1}\u{2}".write(to: hosts($0), atomically: true, encoding: .utf8)
        }
        try await refuse("a folder with nothing", "reading the inventory", fix: "ansible-inventory --list") {
            try FileManager.default.removeItem(at: hosts($0))
        }
    }

    func testOverridesAreRefusedByTheirPath() async throws {
        func overrides(_ root: URL) -> URL { root.appending(path: "overrides/askari.yml") }
        for (name, text) in [
            ("a list", "- a\n"), ("unclosed", "a: [1\n"), ("tabs", "a:\n\tb: 1\n"), ("a key twice", "a: 1\na: 2\n"),
            ("a text", "coordinator\n"), ("NaN", "a: .nan\n"),
        ] {
            try await refuse("overrides: \(name)", "askari.yml: is not YAML with a mapping", fix: "correct it") {
                try text.write(to: overrides($0), atomically: true, encoding: .utf8)
            }
        }
        try await refuse("no overrides", "askari.yml: is missing", fix: "make it, or correct the path") {
            try FileManager.default.removeItem(at: overrides($0))
        }
        try await refuse("a folder as overrides", "is not a regular file", fix: "put the YAML into a file") {
            try FileManager.default.removeItem(at: overrides($0))
            try FileManager.default.createDirectory(at: overrides($0), withIntermediateDirectories: true)
        }
    }
}
