import Foundation
import XCTest

@testable import VMHarness

final class TransientInventoryTests: XCTestCase {
    private let export = #"""
        {"_meta": {"hostvars": {"askari": {"inline": 1, "token": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\nabc"}},
                                "simba": {"ansible_host": "10.20.10.7"}}},
         "all": {"children": ["ungrouped", "docker_hosts", "web"], "vars": {"everywhere": true}},
         "docker_hosts": {"hosts": ["askari"], "children": ["coordinators"], "vars": {"a": "b"}},
         "coordinators": {"hosts": ["askari"]},
         "web": {"hosts": ["simba"], "vars": {"c": "d"}}}
        """#
    private let file = URL(filePath: "/inventory/hosts.yml")

    func testOneHostWithAllItsGroupsIsLeft() throws {
        let inventory = try TransientInventory(subject: "askari", export: export, inventory: file)
        let all = try XCTUnwrap(inventory.groups["all"])
        let docker = try XCTUnwrap(all["children"]?["docker_hosts"])
        XCTAssertEqual(docker["vars"]?["a"], .string("b"))
        XCTAssertNotNil(docker["children"]?["coordinators"]?["hosts"]?["askari"])
        XCTAssertEqual(all["vars"]?["everywhere"], .bool(true))
        let text = JSONValue.object(inventory.groups).json
        XCTAssertFalse(text.contains("simba") || text.contains("10.20.10.7") || text.contains("web"), text)
        XCTAssertTrue(text.contains("__ansible_vault"), "vault values stay encrypted")
    }

    func testUnknownHostNamesTheKnownOnes() {
        XCTAssertThrowsError(try TransientInventory(subject: "nobody", export: export, inventory: file)) { error in
            let text = "\(error)"
            XCTAssertTrue(text.contains("'nobody'") && text.contains("askari, simba"), text)
        }
    }

    func testScopeIsTheSubjectAlone() throws {
        let check = ScopeCheck(subject: "askari", address: "192.0.2.10")
        let one = #"{"_meta": {"hostvars": {"askari": {}}}, "all": {"children": ["g"]}, "g": {"hosts": ["askari"]}}"#
        XCTAssertNoThrow(try check.checkInventory(one))
        XCTAssertThrowsError(try check.checkInventory(export)) { XCTAssertTrue("\($0)".contains("askari, simba")) }
        XCTAssertThrowsError(try check.checkInventory(#"{"_meta": {"hostvars": {}}, "all": {}}"#))

        let list =
            "\nplaybook: site.yml\n\n  play #1 (d): D\tTAGS: []\n    pattern: ['d']\n    hosts (1):\n      askari\n\n  play #2 (w): W\tTAGS: []\n    pattern: ['w']\n    hosts (0):\n"
        XCTAssertNoThrow(try check.checkHosts(list))
        XCTAssertThrowsError(try check.checkHosts(list + "      localhost\n"))
        XCTAssertThrowsError(try check.checkHosts("nothing of the kind"))

        XCTAssertNoThrow(
            try check.checkTarget(#"askari | SUCCESS => {"changed": false,"msg": "ssh:192.0.2.10:22:192.0.2.10"}"#))
        for target in [
            "ssh:10.20.10.5:22:10.20.10.5", "local:192.0.2.10:22:192.0.2.10", "ssh:192.0.2.10:22:10.20.10.5",
        ] {
            XCTAssertThrowsError(
                try check.checkTarget(#"askari | SUCCESS => {"changed": false,"msg": "\#(target)"}"#))
        }
    }

    func testRecapComesFromEvents() throws {
        let recap = try PlayRecap(
            events: #"""
                {"event": "ok", "host": "askari", "task": "base : a", "changed": true}
                {"event": "ok", "host": "askari", "task": "base : b", "changed": false}
                {"event": "failed", "host": "askari", "task": "c", "ignored": true}
                {"event": "stats", "hosts": {"askari": {"ok": 2, "failures": 0, "unreachable": 0, "changed": 1, "skipped": 0, "rescued": 0, "ignored": 1}}}
                """#)
        XCTAssertEqual(recap.changedTasks, ["base : a"])
        XCTAssertEqual(recap.failedTasks, [])
        XCTAssertEqual(recap.hosts["askari"]?.changed, 1)
        XCTAssertThrowsError(try PlayRecap(events: "changed=0 failed=0"), "text for people is not a result")
    }
}
