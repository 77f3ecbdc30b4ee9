import Foundation
import XCTest

@testable import VMHarness

/// Safety invariant 2, on what the real Ansible makes of a repository.
final class EndpointTests: XCTestCase {
    private let profileExtra =
        #", "endpoints": {"variables": ["coordinator_url", "relay", "nowhere", "broken"], "forbidden": ["mesh.boma.example"]}"#
    private let site = "- {hosts: all, gather_facts: false, tasks: [{ansible.builtin.raw: 'echo never'}]}\n"
    private let hosts = "all:\n  hosts:\n    askari: {}\n  vars:\n    domain: boma.example\n"

    override func setUpWithError() throws {
        try skipUnlessInstalled("ansible-vault")
    }

    func testAPlayWhoseVariablesLeadToARealEndpointDoesNotStart() async throws {
        let encrypted = try await ansibleVault(
            "wss://user:siri@mesh.boma.example:8443/hidden-path", password: "pw"
        ).lines.map { "  \($0)" }.joined(separator: "\n")
        let lab = try FakeLab(
            self,
            files: [
                "inventory/hosts.yml": hosts, "site.yml": site, "vault-password": "pw\n",
                "inventory/group_vars/all.yml": """
                coordinator_url: "https://mesh.{{ domain }}/api"
                nested: {list: [{peer: "stun:eu.mesh.boma.example:3478"}]}
                broken: "{{ no_such_variable }}"
                harmless: https://mesh.boma.example.invalid/ and notmesh.boma.example
                relay: !vault |
                \(encrypted)
                """,
            ],
            environment: ["BOMA_IT_VAULT_PASSWORD_FILE": "FOLDER/vault-password"], profileExtra: profileExtra)
        let file = lab.folder.appending(path: "inventory/group_vars/all.yml").path
        await assertThrows({ try await lab.play() }) { text in
            for part in [
                "endpoints of askari: ", "coordinator_url (\(file)) leads to https://mesh.boma.example;",
                "nested.list[0].peer (\(file)) leads to eu.mesh.boma.example:3478",
                "relay (\(file)) leads to wss://mesh.boma.example:8443 (from the vault", "nowhere is not set anywhere",
                "broken (\(file)) can't be rendered", "overrides/askari.yml",
            ] { XCTAssertTrue(text.contains(part), "'\(part)' is not in: \(text)") }
            for part in ["harmless", "siri", "hidden-path"] { XCTAssertFalse(text.contains(part), text) }
        }
        XCTAssertFalse(lab.sshCalls.contains { $0.contains("never") }, "the play started")
    }

    func testAValueThatHasToComeFromTheVaultIsRefusedInClear() async throws {
        let wants = #", "vaulted": ["dns_token", "not_there"]"#
        let encrypted = try await ansibleVault("siri-ya-dns", password: "pw").lines.map { "  \($0)" }
            .joined(separator: "\n")
        func lab(_ variables: String, environment: [String: String] = [:]) throws -> FakeLab {
            try FakeLab(
                self,
                files: [
                    "inventory/hosts.yml": hosts, "site.yml": site, "vault-password": "pw\n",
                    "inventory/group_vars/all.yml": variables,
                ],
                environment: environment.merging(["BOMA_IT_VAULT_PASSWORD_FILE": "FOLDER/vault-password"]) { $1 },
                profileExtra: wants)
        }
        let vaulted = "dns_token: '{{ vault_dns_token }}'\nvault_dns_token: !vault |\n\(encrypted)\n"
        let good = try lab(vaulted)
        try await good.play()
        XCTAssertTrue(good.sshCalls.contains { $0.contains("never") })

        let plain = try lab("dns_token: siri-wazi-kabisa\n")
        let file = plain.folder.appending(path: "inventory/group_vars/all.yml").path
        await assertThrows({ try await plain.play() }) { text in
            XCTAssertTrue(text.contains("variable dns_token: has a value that is not from the vault (\(file))"), text)
            XCTAssertFalse(text.contains("siri-wazi"), text)
        }
        let extra = try lab(vaulted, environment: ["BOMA_IT_EXTRA_VARS": #"{"dns_token": "siri-wazi-kabisa"}"#])
        await assertThrows({ try await extra.play() }) { text in
            XCTAssertTrue(text.contains("(BOMA_IT_EXTRA_VARS)"), text)
            XCTAssertFalse(text.contains("siri-wazi"), text)
        }
        for lab in [plain, extra] { XCTAssertFalse(lab.sshCalls.contains { $0.contains("never") }, "the play started") }
    }

    /// What the inventory doesn't say, roles and the playbook may; what it does say wins over a role's defaults.
    func testRolesAndThePlaybookItselfAreLookedAt() async throws {
        let url = "https://mesh.boma.example"
        let files = [
            "inventory/hosts.yml": hosts,
            "inventory/group_vars/all.yml": "peer_url: https://127.0.0.1\n",
            "overrides/askari.yml": "strong_url: https://127.0.0.1\n",
            "roles/peer/defaults/main.yml": "peer_url: \(url)\nweak_url: https://mesh.{{ domain }}\n",
            "roles/peer/vars/main.yml": "peer_hidden: \(url)\nstrong_url: \(url)\n",
            "roles/peer/tasks/main.yml": "- ansible.builtin.raw: 'echo never'\n",
            "files/mesh.yml": "file_url: \(url)\n",
            "more.yml": "- {hosts: all, gather_facts: false, vars: {imported_url: \"\(url)\"}, tasks: []}\n",
            "site.yml": """
            - import_playbook: more.yml
            - hosts: all
              gather_facts: false
              vars_files: [files/mesh.yml]
              vars: {play_url: "\(url)"}
              roles: [{role: peer, given_url: "\(url)"}]
              tasks: [{ansible.builtin.raw: "echo never", vars: {task_url: "\(url)"}}]
            """,
        ]
        let forbids = #", "endpoints": {"variables": [], "forbidden": ["mesh.boma.example"]}"#
        let lab = try FakeLab(self, files: files, profileExtra: forbids)
        let path = lab.folder.path
        await assertThrows({ try await lab.play() }) { text in
            for part in [
                "weak_url (\(path)/roles/peer/defaults/main.yml) leads to \(url)",
                "peer_hidden (\(path)/roles/peer/vars/main.yml)", "play_url (\(path)/site.yml)",
                "given_url (\(path)/site.yml)", "task_url (\(path)/site.yml)",
                "file_url (\(path)/files/mesh.yml)", "imported_url (\(path)/more.yml)",
            ] { XCTAssertTrue(text.contains(part), "'\(part)' is not in: \(text)") }
            for part in ["peer_url", "strong_url"] { XCTAssertFalse(text.contains(part), text) }
        }
        XCTAssertFalse(lab.sshCalls.contains { $0.contains("never") }, "the play started")

        let given = [
            "weak_url", "peer_hidden", "play_url", "given_url", "task_url", "strong_url", "file_url", "imported_url",
        ]
        let mended = files.merging([
            "overrides/askari.yml": given.map { "\($0): https://127.0.0.1\n" }.joined()
        ]) { $1 }
        let good = try FakeLab(self, files: mended, profileExtra: forbids)
        try await good.play()
        XCTAssertTrue(good.sshCalls.contains { $0.contains("never") })

        let unknown = mended.merging([
            "site.yml": "- {hosts: all, vars_files: ['{{ ansible_facts.os_family }}.yml'], tasks: []}\n"
        ]) { $1 }
        await assertThrows({ try await FakeLab(self, files: unknown, profileExtra: forbids).play() }) {
            XCTAssertTrue($0.contains("which can't be read before the play"), $0)
        }
    }

    func testOverridesThatLeadToTheMachineItselfLetItStart() async throws {
        let lab = try FakeLab(
            self,
            files: [
                "inventory/hosts.yml": hosts, "site.yml": site,
                "inventory/group_vars/all.yml": "coordinator_url: https://mesh.boma.example\n",
                "overrides/askari.yml":
                    "coordinator_url: https://127.0.0.1\nrelay: a\nnowhere: b\nbroken: '{{ coordinator_url }}'\n",
            ], profileExtra: profileExtra)
        try await lab.play()
        XCTAssertTrue(lab.sshCalls.contains { $0.contains("never") })
    }
}
