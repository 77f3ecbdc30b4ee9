import Foundation
import XCTest

@testable import VMHarness

/// A canary in every input that may be secret; the real Ansible shows all of them, and none may be in what a run leaves.
final class CanaryTests: XCTestCase {
    /// Another set in each test: they run side by side, and one of them looks at every process of the machine.
    private let canaries = [
        "vault file": "kanari-ya-faili", "vault value": "kanari-ya-thamani", "vault password": "kanari-ya-nenosiri",
        "extra variable": "kanari-ya-ziada", "override": "kanari-ya-kubatilisha", "inventory": "kanari-ya-orodha",
        "environment": "kanari-ya-mazingira",
    ].mapValues { [tag = UUID().uuidString.prefix(8).lowercased()] in "\($0)-\(tag)" }

    override func setUpWithError() throws {
        try skipUnlessInstalled("ansible-vault")
    }

    func testNoCanaryOfAnyInputIsLeftAnywhere() async throws {
        let c = canaries
        let names = ["from_file", "from_value", "extra_token", "override_token", "inventory_token"]
        let tasks = names.map {
            "    - ansible.builtin.raw: \"echo {{ \($0) }} {{ \($0) | b64encode }}\"\n"
        }
        let lab = try FakeLab(
            self,
            files: [
                "vault-password": "\(c["vault password"]!)\n",
                "inventory/hosts.yml": "all:\n  hosts:\n    askari: {inventory_token: \(c["inventory"]!)}\n",
                "inventory/group_vars/all/vault.yml": try await encrypt("from_file: \(c["vault file"]!)\n"),
                "inventory/group_vars/all/vars.yml":
                    "from_value: !vault |\n"
                    + (try await encrypt(c["vault value"]!)).lines.map { "  \($0)\n" }.joined(),
                "overrides/askari.yml": "override_token: \(c["override"]!)\n",
                "site.yml": "- hosts: all\n  gather_facts: false\n  tasks:\n" + tasks.joined()
                    + "    - {name: 'a task about {{ from_value }}', ansible.builtin.debug: {msg: '{{ vars }}'}}\n"
                    + "    - {name: fails, ansible.builtin.fail: {msg: 'no {{ from_file }} and {{ extra_token }}'}}\n",
            ],
            environment: [
                "BOMA_IT_VAULT_PASSWORD_FILE": "FOLDER/vault-password",
                "BOMA_IT_EXTRA_VARS": #"{"extra_token": "\#(c["extra variable"]!)"}"#,
                "GANDI_PAT": c["environment"]!, "ANSIBLE_VAULT_PASSWORD": c["environment"]!,
            ])
        var told = ""
        await assertThrows({ try await lab.play() }) { told = $0 }
        XCTAssertTrue(told.contains("failed in: task 'fails' (site.yml:"), told)
        Redactor.shared.redact(folder: lab.runs)

        // They were there: the tasks showed them to the machine.
        for name in ["vault file", "vault value", "extra variable", "override", "inventory"] {
            XCTAssertTrue(lab.sshCalls.contains { $0.contains(c[name]!) }, "\(name): the test shows nothing")
        }
        let masked = try String(contentsOf: lab.runs.appending(path: "events.log"), encoding: .utf8)
        XCTAssertTrue(masked.contains(Redactor.mask), masked)
        for (name, canary) in c {
            let forms =
                [canary]
                + ["", "a", "ab"].map { before in
                    String(Data((before + canary).utf8).base64EncodedString().dropFirst(4).prefix(12))
                }
            for form in forms {
                XCTAssertFalse(told.contains(form), "\(name) is in the error")
                let hits = try await runGrep(form, in: lab.runs)
                XCTAssertEqual(hits, "", "\(name) was written as \(form)")
            }
        }
        let left = try FileManager.default.contentsOfDirectory(
            atPath: lab.folder.appending(path: "a machine/ansible").path)
        XCTAssertEqual(
            Set(left), ["inventory", "overrides.json", "connection.json"], "what dies with the machine only")
    }

    /// Everybody on a machine can read every process's arguments, and its own user the environment.
    func testNoCanaryIsEverAnArgumentOfAProcess() async throws {
        let c = canaries
        let lab = try FakeLab(
            self,
            files: [
                "vault-password": "\(c["vault password"]!)\n",
                "inventory/hosts.yml": "all:\n  hosts:\n    askari: {inventory_token: \(c["inventory"]!)}\n",
                "inventory/group_vars/all/vault.yml": try await encrypt("from_file: \(c["vault file"]!)\n"),
                "overrides/askari.yml": "override_token: \(c["override"]!)\n",
                // A module, not a raw command, whose text would be its author's to hide.
                "site.yml": """
                - hosts: all
                  gather_facts: false
                  tasks:
                    - ansible.builtin.set_fact:
                        known: "{{ from_file }} {{ extra_token }} {{ override_token }} {{ inventory_token }}"
                    - ansible.builtin.assert: {that: "known | length > 60"}
                    - ansible.builtin.raw: 'true'
                """,
            ],
            environment: [
                "BOMA_IT_VAULT_PASSWORD_FILE": "FOLDER/vault-password",
                "BOMA_IT_EXTRA_VARS": #"{"extra_token": "\#(c["extra variable"]!)"}"#,
            ])
        let watch = Task(operation: watchArguments)
        let recap = try await lab.play()
        XCTAssertEqual(recap.hosts["askari"]?.ok, 3)
        watch.cancel()
        let seen = await watch.value
        XCTAssertTrue(
            seen.contains { $0.contains("ansible-playbook") && $0.contains(lab.folder.path) }, "nothing was seen")
        for (name, canary) in c {
            XCTAssertEqual(seen.filter { $0.contains(canary) }, [], "\(name) was an argument")
        }
    }

    private func runGrep(_ text: String, in folder: URL) async throws -> String {
        try await runPython(
            ["-", text, folder.path],
            input: """
                import pathlib, sys
                for file in pathlib.Path(sys.argv[2]).rglob("*"):
                    if sys.argv[1] in str(file) or file.is_file() and sys.argv[1].encode() in file.read_bytes():
                        print(file)
                """
        ).requireSuccess("searching").output
    }

    private func encrypt(_ text: String) async throws -> String {
        try await ansibleVault(text, password: canaries["vault password"]!)
    }
}

/// All argument lists of all processes, many times a second until this is cancelled.
@Sendable private func watchArguments() async -> Set<String> {
    var seen: Set<String> = []
    while !Task.isCancelled {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for name in names where Int(name) != nil {
            let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
            seen.insert(String(decoding: line, as: UTF8.self).replacingOccurrences(of: "\0", with: " "))
        }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return seen
}
