import Foundation
import XCTest

@testable import VMHarness

/// Environment variables that no run may start with. Each is refused in one line that names the variable and what it
/// could be set to.
final class BadEnvironmentTests: XCTestCase {
    private static let long = String(repeating: "9", count: 400)

    /// Variable and value.
    static let cases: [(String, String)] = [
        ("BOMA_IT_RAM_RESERVE_MIB", "-1"), ("BOMA_IT_RAM_RESERVE_MIB", "9223372036854775807"),
        ("BOMA_IT_RAM_RESERVE_MIB", "9223372036854775808"), ("BOMA_IT_RAM_RESERVE_MIB", "1e3"),
        ("BOMA_IT_RAM_RESERVE_MIB", "0x10"), ("BOMA_IT_RAM_RESERVE_MIB", " 512"), ("BOMA_IT_RAM_RESERVE_MIB", "512M"),
        ("BOMA_IT_RAM_RESERVE_MIB", "٥١٢"), ("BOMA_IT_RAM_RESERVE_MIB", long), ("BOMA_IT_RAM_RESERVE_MIB", " "),
        ("BOMA_IT_DISK_RESERVE_MIB", "lots"), ("BOMA_IT_DISK_RESERVE_MIB", "1.5"),
        ("BOMA_IT_LAYERS_MIB", "9223372036854775807"), ("BOMA_IT_LAYERS_MIB", "-0x1"), ("BOMA_IT_WARM_ROUNDS", "two"),
        ("BOMA_IT_TIME_FACTOR", "0"), ("BOMA_IT_TIME_FACTOR", "-1"), ("BOMA_IT_TIME_FACTOR", "nan"),
        ("BOMA_IT_TIME_FACTOR", "inf"), ("BOMA_IT_TIME_FACTOR", "1e300"), ("BOMA_IT_TIME_FACTOR", "1,5"),
        ("BOMA_IT_TIME_FACTOR", "ten"), ("BOMA_IT_SUBNET", "8.8.8"), ("BOMA_IT_SUBNET", "192.168"),
        ("BOMA_IT_SUBNET", "192.168.1.0"), ("BOMA_IT_SUBNET", "192.168.256"), ("BOMA_IT_SUBNET", "192.168.-1"),
        ("BOMA_IT_SUBNET", "172.15.1"), ("BOMA_IT_SUBNET", "172.32.1"), ("BOMA_IT_SUBNET", "192.169.1"),
        ("BOMA_IT_SUBNET", "010.1.1"), ("BOMA_IT_SUBNET", "+10.1.1"), ("BOMA_IT_SUBNET", "10..1"),
        ("BOMA_IT_SUBNET", "10.1.1/24"), ("BOMA_IT_SUBNET", "10.1.1'"), ("BOMA_IT_SUBNET", "fd00::"),
        ("BOMA_IT_ACCEL", "KVM"), ("BOMA_IT_ACCEL", "kvm "), ("BOMA_IT_ACCEL", "hvf"), ("BOMA_IT_LAYERS", "yes"),
        ("BOMA_IT_WARM", "1"), ("BOMA_IT_KEEP", "sometimes"), ("BOMA_IT_KEEP", "on_failure"),
        ("BOMA_IT_REQUIRE", "true"), ("BOMA_IT_IMAGE_SOURCE", "web"), ("BOMA_IT_IMAGE_SOURCE", "\t"),
        ("BOMA_IT_IMAGE_URL", "--output=/etc/passwd"), ("BOMA_IT_IMAGE_URL", "ftp://example.org/x"),
        ("BOMA_IT_IMAGES", "ftp://example.org/x"), ("BOMA_IT_IMAGES", "https://"), ("BOMA_IT_IMAGES", "http://a b/c"),
        ("BOMA_IT_IMAGE_URL", "example.org/x.qcow2"), ("BOMA_IT_IMAGE_URL", "https://a b/x"),
        ("BOMA_IT_DEBIAN_MIRROR", "-x"), ("BOMA_IT_DEBIAN_MIRROR", "deb http://example.org/ trixie main"),
        ("BOMA_IT_LIBVIRT_URI", "--help"), ("BOMA_IT_LIBVIRT_URI", "qemu"), ("BOMA_IT_LIBVIRT_URI", "qemu:///a b"),
        ("BOMA_IT_LIBVIRT_URI", "qemu+ssh://host/system"),
        ("BOMA_IT_LIBVIRT_URI", "qemu+ssh://me@host/system?socket=/x"),
        ("BOMA_IT_LIBVIRT_URI", "qemu+ssh:///system"), ("BOMA_IT_LIBVIRT_URI", "qemu+tcp://10.0.0.1:16509/system"),
        ("BOMA_IT_LIBVIRT_URI", "qemu://host/system"), ("BOMA_IT_LIBVIRT_URI", "qemu://localhost/system"),
        ("BOMA_IT_LIBVIRT_URI", "qemu+ext:///system?command=x"),
        ("BOMA_IT_CACHE", "~/cache"), ("BOMA_IT_CACHE", "/tmp/a\nb"), ("BOMA_IT_CACHE", "\u{1b}[2J"),
        ("BOMA_IT_CACHE", "/tmp/it's"), ("BOMA_IT_CACHE", "/tmp/a,b"), ("BOMA_IT_CACHE", "/tmp/\"a\""),
        ("BOMA_IT_CACHE", "/tmp/$HOME"), ("BOMA_IT_CACHE", "/tmp/a\tb"), ("BOMA_IT_CACHE", "/tmp/a\\b"),
        ("BOMA_IT_CACHE", "/tmp/50%"), ("BOMA_IT_RUNS", "/tmp/{{a}}"), ("BOMA_IT_RUNS", "/tmp/a ;b"),
        ("BOMA_IT_RUNS", "   "), ("BOMA_IT_RUNS", "~root/runs"), ("BOMA_IT_ANSIBLE_ROOT", "\n"),
        ("BOMA_IT_INVENTORY", "~/hosts.yml"), ("BOMA_IT_PLAYBOOK", "site.yml\u{7}"), ("BOMA_IT_ROLES_PATH", "\u{7f}"),
        ("BOMA_IT_VAULT_PASSWORD_FILE", "~/.vault"), ("BOMA_IT_IMAGE_FILE", "~/debian.qcow2"),
        ("BOMA_IT_HOST", "askari\nsimba"), ("BOMA_IT_HOST", "\u{1b}]0;x\u{7}"), ("BOMA_IT_PROFILES", "\t \t"),
        // Slips of the pen, which would change nothing without anybody noticing.
        ("BOMA_IT_ACEL", "kvm"), ("BOMA_IT_OVERIDES", "/x"), ("BOMA_IT_KEEPS", "never"), ("BOMA_IT_", "x"),
        ("BOMA_IT_host", "askari"),
    ]

    func testEachIsRefusedByNameAndFix() {
        XCTAssertGreaterThanOrEqual(Self.cases.count, 70)
        for (name, value) in Self.cases {
            XCTAssertThrowsError(
                try HarnessConfiguration(environment: [name: value], packageRoot: URL(filePath: "/repository")),
                "\(name)=\(value.debugDescription)"
            ) { error in
                let text = "\(error)"
                XCTAssertTrue(error is ConfigurationError, text)
                XCTAssertTrue(
                    text.hasPrefix("environment variable \(name) is '") && text.contains("'; set it to "), text)
                XCTAssertFalse(text.unicodeScalars.contains { $0.properties.generalCategory == .control }, text)
                XCTAssertLessThan(text.count, 500)
            }
        }
    }

    func testARemoteLibvirtIsRefusedWithTheReason() {
        XCTAssertThrowsError(
            try HarnessConfiguration(
                environment: ["BOMA_IT_LIBVIRT_URI": "qemu+ssh://host/system"], packageRoot: URL(filePath: "/r"))
        ) { XCTAssertTrue("\($0)".contains("another host's can't be used"), "\($0)") }
    }

    func testWhatIsOddButSoundIsTaken() throws {
        let sound = [
            ("BOMA_IT_CACHE", "/tmp/with blank/ünïcode"), ("BOMA_IT_CACHE", "relative"),
            ("BOMA_IT_RAM_RESERVE_MIB", "0"),
            ("BOMA_IT_TIME_FACTOR", "0.5"), ("BOMA_IT_SUBNET", "172.31.255"), ("BOMA_IT_SUBNET", "10.0.0"),
            ("BOMA_IT_LIBVIRT_URI", "qemu:///system"), ("BOMA_IT_LIBVIRT_URI", "qemu+unix:///system?socket=/x"),
            ("BOMA_IT_LIBVIRT_URI", "test:///default"), ("BOMA_IT_HOST", ""),
            ("BOMA_IT_OWNER", "1:2:3"),
            ("BOMA_IT_EXTRA_VARS", "{\n  \"a\": true\n}"), ("BOMA_IT_IMAGE_URL", "file:///x/debian.qcow2"),
        ]
        for (name, value) in sound {
            XCTAssertNoThrow(
                try HarnessConfiguration(environment: [name: value], packageRoot: URL(filePath: "/r")),
                "\(name)=\(value)")
        }
    }

    func testVariablesThatAreNoJSONObjectAreRefused() throws {
        for value in ["x", "[]", "1", "null", "\"a\"", "{", "{\"a\":}", "{'a': 1}", "{\"a\": 1} x", "{\"a\": NaN}"] {
            let configuration = try HarnessConfiguration(
                environment: ["BOMA_IT_EXTRA_VARS": value], packageRoot: URL(filePath: "/r"))
            XCTAssertThrowsError(try configuration.parsedExtraVariables(), value) {
                XCTAssertTrue("\($0)".contains("BOMA_IT_EXTRA_VARS") && "\($0)".contains("a JSON object"), "\($0)")
            }
        }
    }
}
