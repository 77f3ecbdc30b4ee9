import Foundation
import XCTest

@testable import VMHarness

/// The script runs for real; the tools of the guest are stand-ins that say what a guest's would.
final class LockoutDiagnosisTests: XCTestCase {
    private let healthy = [
        "systemctl":
            "case $1 in show) printf 'LoadState=loaded\\nActiveState=active\\nJob=0\\n' ;; *) echo running ;; esac",
        "ss": "echo 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:*'", "sshd": "exit 0", "journalctl": "exit 0",
        "ip": "echo '2: enp1s0 inet 192.0.2.10/24 brd 192.0.2.255 scope global enp1s0'", "timeout": "exit 0",
        "nft":
            "echo 'table inet filter {\n chain input {\n type filter hook input priority filter; policy accept;\n }\n}'",
        "df": "echo Avail; echo 1000",
    ]

    private func causes(_ changes: [String: String] = [:], refused: String = "") async throws -> [String] {
        try await runGuestScript(tools: healthy.merging(changes) { $1 }) { folder in
            let script = LockoutDiagnosis.script.replacingOccurrences(
                of: "/usr/sbin/sshd", with: folder.appending(path: "sshd").path)
            return "address=192.0.2.10 port=22 refused=\(refused)\n\(script)"
        }.output.lines
    }

    func testAHealthyGuestHasNoCause() async throws {
        let none = try await causes()
        XCTAssertEqual(none, [])
    }

    func testEachCauseIsNamed() async throws {
        let dead = ["ss": "exit 0"]
        let cases: [([String: String], String)] = [
            (["systemctl": "printf 'LoadState=masked\\nActiveState=inactive\\n'"], "ssh.service is masked"),
            (
                dead.merging(["systemctl": "printf 'LoadState=loaded\\nActiveState=failed\\nJob=0\\n'"]) { $1 },
                "ssh.service is failed"
            ),
            (
                [
                    "sshd":
                        "echo 'x.conf: line 1: Bad configuration option: y' >&2; echo 'Missing privilege separation directory' >&2; exit 1"
                ], "x.conf: line 1: Bad configuration option: y"
            ),
            (["ip": "echo '1: lo inet 127.0.0.1/8 scope host lo'"], "no interface has the address 192.0.2.10"),
            (
                [
                    "nft":
                        "echo 'table inet planted {\n chain other {\n }\n chain input {\n type filter hook input priority filter; policy drop;\n }\n}'"
                ],
                "sshd answers inside, and the firewall drops what comes in: chain inet planted input (policy drop)"
            ),
            (
                [
                    "nft":
                        "echo 'table ip a {\n chain b {\n type filter hook input priority 0; policy accept;\n tcp dport 22 drop\n }\n}'"
                ], "sshd answers inside, and the firewall drops what comes in: chain ip a b"
            ),
            (["df": "echo Avail; echo 0"], "/ is full"),
        ]
        for (changes, cause) in cases {
            let found = try await causes(changes)
            XCTAssertEqual(found, [cause])
        }
    }

    func testWhileItStartsItIsTooEarlyToTell() async throws {
        for state in ["ActiveState=activating", "ActiveState=inactive\\nJob=42"] {
            let none = try await causes([
                "systemctl": "printf 'LoadState=loaded\\n\(state)\\n'", "ss": "exit 0", "df": "echo Avail; echo 0",
            ])
            XCTAssertEqual(none, [], state)
        }
        let noAddress = [
            "ip": "exit 0",
            "systemctl":
                "case $1 in show) printf 'LoadState=loaded\\nActiveState=active\\n' ;; *) echo starting ;; esac",
        ]
        let none = try await causes(noAddress)
        XCTAssertEqual(none, [], "it may still get its address")
    }

    /// A hardened host that is only slow must not be condemned.
    func testAFirewallThatAdmitsSSHIsNoCause() async throws {
        for rule in [
            "tcp dport 22 accept", "tcp dport { 22, 80 } accept", "tcp dport @admitted accept", "jump services",
        ] {
            let none = try await causes([
                "nft":
                    "echo 'table inet filter {\n chain input {\n type filter hook input priority filter; policy drop;\n \(rule)\n }\n}'"
            ])
            XCTAssertEqual(none, [], rule)
        }
        let other = try await causes([
            "nft":
                "echo 'table inet a {\n chain b {\n type filter hook input priority filter; policy accept;\n tcp dport 2222 drop\n }\n}'"
        ])
        XCTAssertEqual(other, [])
    }

    func testOnlyARefusalIsLookedForInTheJournal() async throws {
        let refusal = ["journalctl": "echo 'User debian from 192.0.2.1 not allowed because not listed in AllowUsers'"]
        let silent = try await causes(refusal)
        XCTAssertEqual(silent, [])
        let refused = try await causes(refusal.merging(["ip": "exit 0"]) { $1 }, refused: "yes")
        XCTAssertEqual(refused, ["User debian from 192.0.2.1 not allowed because not listed in AllowUsers"])
    }

    func testCloudInitsErrorsAreRead() {
        let status = """
            status: error
            detail: DataSourceNoCloud
            errors:
            \t- ('bootcmd', ProcessExecutionError("Exit code: 7"))
            \t- another
            recoverable_errors:
            WARNING:
            \t- not one of them
            """
        XCTAssertEqual(
            "\(CloudInitFailed(status: status))",
            #"cloud-init failed: ('bootcmd', ProcessExecutionError("Exit code: 7")); another"#)
        XCTAssertEqual("\(CloudInitFailed(status: ""))", "cloud-init failed: it gave no reason")
        XCTAssertEqual(
            "\(CloudInitFailed(status: "running\n/ is full\nstatus: error\nerrors:\n- a unit\n"))",
            "cloud-init failed: / is full; a unit")
    }
}
