import Foundation
import XCTest

@testable import VMHarness

/// Playbooks that can't run, found before a machine is there.
final class BadPlaybookTests: XCTestCase {
    private static let hosts = "all: {hosts: {askari: {}, simba: {}}}\n"
    /// What the playbook holds, and what the message has to say beside its path.
    private static let cases: [(name: String, playbook: String, says: String)] = [
        ("no YAML", "- hosts: askari\n  tasks: [\n", "YAML"),
        ("no list of plays", "hosts: askari\n", "must be"),
        ("no play", "- tasks: []\n", "hosts"),
        ("a role that is nowhere", "- hosts: askari\n  roles: [no_such_role]\n", "fix: set BOMA_IT_ROLES_PATH"),
        (
            "a collection's role", "- hosts: askari\n  roles: [no.such.role]\n",
            "fix: install its collection: ansible-galaxy collection install no.such;"
        ),
        ("a module that is nowhere", "- hosts: askari\n  tasks: [{no_such_module: {}}]\n", "no_such_module"),
        (
            "a collection's module", "- hosts: askari\n  tasks: [{no.such.module: {}}]\n",
            "ansible-galaxy collection install no.such;"
        ),
        ("a file of tasks that is nowhere", "- hosts: askari\n  tasks: [{import_tasks: none.yml}]\n", "none.yml"),
        ("a playbook that is nowhere", "- import_playbook: none.yml\n", "none.yml"),
        ("a misspelt key of a play", "- hosts: askari\n  taskz: []\n", "taskz"),
        ("another host alone", "- hosts: simba\n  tasks: []\n", "instead of askari alone"),
        ("an undefined variable as hosts", "- hosts: '{{ nobody_set_it }}'\n  tasks: []\n", "nobody_set_it"),
    ]

    func testEachIsFoundBeforeAnythingIsStarted() async throws {
        try skipUnlessInstalled("ansible-playbook")
        let good = "- hosts: all\n  tasks: [{ansible.builtin.ping: {}}]\n"
        let lab = try FakeLab(self, files: ["inventory/hosts.yml": Self.hosts, "site.yml": good])
        let sources = try await lab.sources()
        try await sources.rehearse()
        for (name, playbook, words) in Self.cases {
            try playbook.write(to: lab.folder.appending(path: "site.yml"), atomically: true, encoding: .utf8)
            await assertThrows({ try await sources.rehearse() }) {
                XCTAssertTrue($0.contains(words), "\(name): '\(words)' is not in: \($0)")
                XCTAssertTrue($0.contains("site.yml") || $0.contains("playbook"), "\(name): \($0)")
            }
        }
        XCTAssertEqual(lab.sshCalls, [])
        let left = lab.runs.appending(path: "sources/rehearsal")
        XCTAssertFalse(FileManager.default.fileExists(atPath: left.path), "inputs are left behind")
    }
}
