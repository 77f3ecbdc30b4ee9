import Foundation
import XCTest

@testable import VMHarness

final class ProfileTests: XCTestCase {
    private func decode(_ json: String) throws -> Profile {
        try JSONDecoder().decode(Profile.self, from: Data(json.utf8))
    }

    private let good =
        #"{"subject": "a", "playbook": "p.yml", "published": [{"container": "c", "port": 80, "path": "/"}], "egress": {"containers": ["c"]}}"#

    func testWhatIsLeftOutHasItsUsualValue() throws {
        let profile = try decode(good)
        XCTAssertEqual(profile.size, Profile.Size())
        XCTAssertThrowsError(try profile.scenario("with_fix")) { XCTAssertTrue("\($0)".contains("scenarios.with_fix")) }
        XCTAssertNoThrow(try profile.validate(file: URL(filePath: "/p")))
    }

    func testWrongKeysAreNamed() {
        let cases = [
            (#"{"playbook": "p"}"#, "lacks 'subject'"),
            (good.replacingOccurrences(of: "80", with: "\"x\""), "published.[0].port"),
        ]
        for (json, part) in cases {
            XCTAssertThrowsError(try decode(json)) { error in
                let text = (error as? DecodingError)?.forPeople ?? ""
                XCTAssertTrue(text.contains(part), "\(part) in \(text)")
            }
        }
    }

    func testValuesOutOfRangeAreRefused() throws {
        for (key, value) in [
            ("vcpus", "0"), ("memory_mib", "1"), ("disk_gib", "1"), ("user", "\"root\""), ("user", "\"a b\""),
        ] {
            let json = good.dropLast() + ", \"machine\": {\"\(key)\": \(value)}}"
            XCTAssertThrowsError(try decode(String(json)).validate(file: URL(filePath: "/p.yml"))) {
                XCTAssertTrue("\($0)".contains("machine.\(key)"), "\($0)")
            }
        }
        for (key, value, part) in [
            ("ports", "[0]", "ports[0] is '0'"), ("closed", "[70000]", "closed[0] is '70000'"),
            ("closed", "[80]", "closed[0] is '80'"), ("units", "[\"nginx\"]", "units[0] is 'nginx'"),
            ("units", "[\"--now.service\"]", "units[0] is '--now.service'"),
            ("containers", "[\"-x\"]", "containers[0] is '-x'"),
        ] {
            let json = good.dropLast() + ", \"\(key)\": \(value)}"
            XCTAssertThrowsError(try decode(String(json)).validate(file: URL(filePath: "/p.yml"))) {
                XCTAssertTrue("\($0)".contains(part), "\($0)")
            }
        }
        let port = try decode(good.replacingOccurrences(of: "80", with: "70000"))
        XCTAssertThrowsError(try port.validate(file: URL(filePath: "/p.yml")))
    }

    func testWhatMayBeLostHasAReasonAndIsNotNeeded() throws {
        let allowed = try decode(
            good.dropLast()
                + #"""
                , "idempotence": "reported", "units": ["nginx.service"],
                "allowed_failed_units": [{"unit": "apt-daily.service", "because": "no mirror is reached"}],
                "allowed_exited_containers": [{"container": "migrate", "because": "runs once"}]}
                """#)
        XCTAssertNoThrow(try allowed.validate(file: URL(filePath: "/p.yml")))
        XCTAssertEqual(
            Profile.Ignored.kinds,
            Complaint.Kind.allCases.filter { ![.boot, .login, .play, .idempotence, .kernel, .package].contains($0) }
                .map(\.rawValue))
        XCTAssertEqual(allowed.idempotence, .reported)
        XCTAssertEqual(allowed.allowedFailedUnits, [.init(unit: "apt-daily.service", because: "no mirror is reached")])
        XCTAssertEqual(allowed.allowedExitedContainers, [.init(container: "migrate", because: "runs once")])

        var unit = allowed
        unit.units?.append("apt-daily.service")
        XCTAssertThrowsError(try unit.validate(file: URL(filePath: "/p.yml"))) {
            XCTAssertTrue("\($0)".contains("allowed_failed_units[0].unit is 'apt-daily.service'"), "\($0)")
        }
        var container = allowed
        container.containers = ["migrate"]
        XCTAssertThrowsError(try container.validate(file: URL(filePath: "/p.yml"))) {
            XCTAssertTrue("\($0)".contains("allowed_exited_containers[0].container is 'migrate'"), "\($0)")
        }
    }
}
