import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// Safety invariant 1, attacked: repositories and environments that try to take a play elsewhere, run by the real
/// Ansible. docs/security/isolation.md has the table.
final class ScopeAttackTests: XCTestCase {
    private static let hosts = "all:\n  hosts:\n    askari: {}\n    simba: {ansible_host: 10.20.10.7}\n"

    override func setUpWithError() throws {
        try skipUnlessInstalled("ansible-playbook")
    }

    private func site(_ tasks: String, more: String = "") -> String {
        "- hosts: all\n  gather_facts: false\n  tasks:\n" + tasks.lines.map { "    \($0)\n" }.joined() + more
    }

    /// Everything that only tries to bend the connection, in one play: all of it has to end at the virtual machine.
    func testWhateverARepositoryOrAnEnvironmentSaysTheConnectionGoesToTheMachine() async throws {
        let evil = """
            ansible_host: 10.20.10.5
            ansible_ssh_host: 10.20.10.5
            ansible_port: 2222
            ansible_connection: local
            ansible_ssh_common_args: -o ProxyJump=bastion.example
            ansible_ssh_extra_args: -o ProxyCommand=evil
            ansible_ssh_args: -o ForwardAgent=yes -F /evil
            ansible_ssh_executable: /evil/ssh
            ansible_ssh_private_key_file: /evil/key
            ansible_user: evil
            """
        let lab = try FakeLab(
            self,
            files: [
                "site.yml": site("- ansible.builtin.raw: 'true'\n- {ansible.builtin.raw: 'true', connection: local}"),
                "real/hosts.yml": Self.hosts, "inventory/host_vars/askari.yml": evil,
                "inventory/group_vars/all.yml": evil, "host_vars/askari.yml": evil, "group_vars/all.yml": evil,
                "ansible.cfg":
                    "[defaults]\nremote_port = 2222\n[ssh_connection]\nssh_args = -o ProxyJump=bastion.example\n",
                "home/.ssh/config": "Host *\n  ProxyJump bastion.example\n",
                "home/.ansible.cfg": "[ssh_connection]\nssh_args = -o ProxyJump=bastion.example\n",
            ],
            environment: [
                "SSH_AUTH_SOCK": "/evil/agent", "ANSIBLE_SSH_ARGS": "-o ProxyJump=bastion.example",
                "ANSIBLE_CONFIG": "/evil/ansible.cfg", "ANSIBLE_HOST_KEY_CHECKING": "no", "ANSIBLE_TRANSPORT": "local",
                "ANSIBLE_INVENTORY": "/evil/hosts",
            ])
        // A symlinked inventory, too.
        try FileManager.default.createSymbolicLink(
            at: lab.folder.appending(path: "inventory/hosts.yml"),
            withDestinationURL: lab.folder.appending(path: "real/hosts.yml"))
        let recap = try await lab.play()
        XCTAssertEqual(recap.hosts["askari"]?.ok, 2)
        // "askari" is the harness's own look at the guest, over the same configuration.
        XCTAssertEqual(lab.hostsAsked, ["askari", FakeLab.address])
        let ansible = lab.sshCalls.filter { $0.hasPrefix("host=\(FakeLab.address)") }
        XCTAssertEqual(ansible.count, 2, "connection: local has to go to the machine, too")
        for call in ansible {
            XCTAssertTrue(call.contains("agent= "), "no agent: \(call)")
            XCTAssertFalse(call.contains("home=\(lab.folder.path)/home "), "not the user's home: \(call)")
            XCTAssertTrue(call.contains("config=<\(lab.folder.path)/a machine/ssh_config> "), call)
            for word in ["evil", "bastion", "10.20.10", "2222", "ForwardAgent=yes"] {
                XCTAssertFalse(call.contains(word), "\(word) in \(call)")
            }
        }
    }

    /// Invariant 3 comes first: nothing of a playbook runs in a machine whose isolation can't be proven.
    func testNoPlayBeginsBeforeTheIsolationIsProven() async throws {
        let lab = try FakeLab(
            self, files: ["inventory/hosts.yml": Self.hosts, "site.yml": site("- ansible.builtin.raw: 'echo never'")])
        await assertThrows({ try await lab.play(isProvenIsolated: false) }) {
            XCTAssertTrue($0.contains("boma-it-askari-fake"), $0)
        }
        XCTAssertEqual(lab.sshCalls, [])
    }

    /// Between two plays a firewall's reload may remove what libvirt filters with.
    func testEveryPlayWaitsForAProofOfItsOwn() async throws {
        let lab = try FakeLab(
            self, files: ["inventory/hosts.yml": Self.hosts, "site.yml": site("- ansible.builtin.raw: 'echo once'")])
        let before = Mutex(0)
        await assertThrows({
            try await lab.play { play in
                before.withLock { $0 = lab.sshCalls.filter { $0.contains("echo once") }.count }
                _ = try await play.run("again")
            }
        }) {
            XCTAssertTrue($0.contains("boma-it-askari-fake"), $0)
        }
        XCTAssertEqual(before.withLock { $0 }, 1)
        XCTAssertEqual(lab.sshCalls.filter { $0.contains("echo once") }.count, 1, "a second play without a proof")
    }

    /// What only the vault's password opens is merged like anything else.
    func testAnAddressOutOfTheVaultLeadsNowhere() async throws {
        try skipUnlessInstalled("ansible-vault")
        let address = try await ansibleVault("10.20.10.5", password: "pw").lines.map { "  \($0)\n" }.joined()
        let file = try await ansibleVault("vault_address: 10.20.10.6\n", password: "pw")
        let variables = "ansible_host: !vault |\n\(address)ansible_ssh_host: '{{ vault_address }}'\n"
        let lab = try FakeLab(
            self,
            files: [
                "site.yml": site("- ansible.builtin.raw: 'true'"), "inventory/hosts.yml": Self.hosts,
                "inventory/host_vars/askari/vars.yml": variables, "inventory/host_vars/askari/vault.yml": file,
                "vault-password": "pw\n",
            ], environment: ["BOMA_IT_VAULT_PASSWORD_FILE": "FOLDER/vault-password"])
        try await lab.play()
        XCTAssertEqual(lab.hostsAsked, ["askari", FakeLab.address], variables)
    }

    /// Tasks that are for somebody else end the play, and what they say is said to the virtual machine only.
    func testATaskForAnotherHostEndsThePlay() async throws {
        let attacks = [
            "delegate_to another host": "- {ansible.builtin.raw: 'true', delegate_to: simba}",
            "delegate_to in a loop": "- {ansible.builtin.raw: 'true', delegate_to: '{{ item }}', loop: [simba]}",
            "local_action": "- local_action: {module: ansible.builtin.raw, _raw_params: 'true'}",
        ]
        for (name, task) in attacks {
            let lab = try FakeLab(
                self,
                files: [
                    "inventory/hosts.yml": Self.hosts,
                    "site.yml": site(task + "\n- ansible.builtin.raw: 'echo never'"),
                ])
            await assertThrows({ try await lab.play() }) {
                XCTAssertTrue($0.contains("scope of the run: task"), "\(name): \($0)")
            }
            XCTAssertEqual(lab.hostsAsked, ["askari", FakeLab.address], name)
            XCTAssertFalse(lab.sshCalls.contains { $0.contains("never") }, "\(name): the play went on")
        }
    }

    /// Plays for hosts that are not there are left out, and what the controller itself does has no network.
    func testOtherPlaysAreLeftOutAndTheControllerHasNoNetwork() async throws {
        let listener = try LoopbackListener()
        let url = "http://127.0.0.1:\(listener.port)/"
        let lab = try FakeLab(
            self,
            files: [
                "inventory/hosts.yml": Self.hosts,
                "site.yml": site(
                    """
                    - {ansible.builtin.add_host: {name: simba, groups: later}}
                    - ansible.builtin.set_fact: {a: "{{ lookup('ansible.builtin.url', '\(url)', errors='ignore') }}"}
                    - ansible.builtin.set_fact: {b: "{{ lookup('ansible.builtin.pipe', 'cat </dev/tcp/127.0.0.1/\(listener.port) || true') }}"}
                    - ansible.builtin.set_fact: {c: "{{ lookup('ansible.builtin.pipe', 'curl --max-time 3 \(url) || true') }}"}
                    """,
                    more: """
                        - {hosts: later, gather_facts: false, tasks: [{ansible.builtin.raw: 'echo never'}]}
                        - hosts: localhost
                          connection: local
                          gather_facts: false
                          tasks: [{ansible.builtin.raw: 'echo never'}]
                        """),
            ])
        try await lab.play()
        XCTAssertEqual(lab.hostsAsked, ["askari"], "a play for another host ran: \(lab.sshCalls)")
        XCTAssertEqual(listener.connections(), 0, "the controller reached the control host's network")
        // It does count:
        let probe = try await runPython(
            ["-c", "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])))", "\(listener.port)"])
        XCTAssertTrue(probe.succeeded)
        XCTAssertEqual(listener.connections(), 1)
    }

    /// A script, or a plug-in that asks elsewhere, is no inventory: it is not run.
    func testAnInventoryThatIsAProgramIsNotRun() async throws {
        let script = "#!/bin/sh\ntouch \"$(dirname \"$0\")/../ran\"\necho '{\"all\": {\"hosts\": [\"askari\"]}}'\n"
        for (name, files) in [
            ("a script", ["inventory/hosts.yml": script]),
            ("a script in a folder", ["inventory/a.yml": Self.hosts, "inventory/hosts": script]),
            (
                "a plug-in",
                ["inventory/hosts.yml": "plugin: ansible.builtin.generator\nhosts: {name: askari}\nlayers: {}\n"]
            ),
        ] {
            let lab = try FakeLab(
                self, files: ["site.yml": site("- ansible.builtin.raw: 'true'")].merging(files) { $1 },
                environment: name == "a script in a folder" ? ["BOMA_IT_INVENTORY": "inventory"] : [:],
                executable: Set(files.filter { $0.value == script }.keys))
            await assertThrows({ try await lab.play() }) {
                XCTAssertTrue($0.contains("inventory"), "\(name): \($0)")
                XCTAssertTrue($0.contains("YAML, INI and TOML"), "\(name): \($0)")
            }
            XCTAssertFalse(lab.exists("ran"), "\(name) was run")
            XCTAssertEqual(lab.sshCalls, [], name)
        }
    }

    /// The sandbox is a real one, and a machine without it is noticed.
    func testTheSandboxHasNoNetworkAndIsMissedWhereThereIsNone() async throws {
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder().appending(path: "logs"), environment: ProcessInfo.processInfo.environment)
        let sandbox = try await NetworkSandbox.find(runner: runner)
        try XCTSkipUnless(sandbox.isThere, "this machine has no network namespaces for this user")
        var command = Command("cat", ["/proc/net/route"])
        command.wrapper = sandbox.wrapper
        let routes = try await runner.run(command).requireSuccess("looking from inside").output.lines
        XCTAssertLessThanOrEqual(routes.count, 1, "a heading at most: \(routes)")
        func find(_ links: String) async throws -> NetworkSandbox {
            try await NetworkSandbox.find(runner: ScriptedRunner { _ in (0, links) })
        }
        let lo = #"{"ifname":"lo","flags":["LOOPBACK"]}"#
        // What the modules ipip and sit put into every namespace.
        let down = #"{"ifname":"tunl0","flags":["NOARP"]},{"ifname":"sit0","flags":["NOARP"]}"#
        let withTunnels = try await find("[\(lo),\(down)]")
        XCTAssertTrue(withTunnels.isThere, "an interface that is down leads nowhere")
        for notEmpty in [#"[\#(lo),{"ifname":"eth0","flags":["BROADCAST","UP"]}]"#, "", "[]", "no JSON"] {
            let found = try await find(notEmpty)
            XCTAssertEqual(found, .none, "a namespace with a way out passed for an empty one: \(notEmpty)")
        }
    }
}
