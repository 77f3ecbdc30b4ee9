import XCTest

@testable import VMHarness

final class MeshStatusTests: XCTestCase {
    private let healthy = """
        {"peers": {"total": 0, "connected": 0, "details": []}, "daemonStatus": "Connected", "cliVersion": "0.77.1",
         "management": {"url": "https://mesh.localhost:443", "connected": true, "error": ""},
         "signal": {"url": "https://mesh.localhost:443", "connected": true, "error": ""},
         "relays": {"total": 1, "available": 1, "details": []}, "netbirdIp": "100.100.0.1/16", "publicKey": "a=",
         "fqdn": "askari.mesh.localhost", "usesKernelInterface": true}
        """

    func testAHealthyPeerHasNoComplaints() throws {
        XCTAssertEqual(try MeshStatus(json: healthy).complaints(coordinator: "mesh.localhost"), [])
    }

    func testEachThingThatIsWrongIsTold() throws {
        let cases = [
            ("\"Connected\"", "\"Connecting\"", "daemon is Connecting"),
            ("\"available\": 1", "\"available\": 0", "relays: 0 of 1 available"),
            ("100.100.0.1/16", "", "address in the mesh is ''"),
            ("\"a=\"", "\"\"", "no public key"),
            ("\"usesKernelInterface\": true", "\"usesKernelInterface\": false", "interface is not the kernel's"),
            ("\"total\": 0", "\"total\": 2", "sees 2 other members in a mesh of its own"),
            (
                "\"signal\": {\"url\": \"https://mesh.localhost:443\", \"connected\": true, \"error\": \"\"",
                "\"signal\": {\"url\": \"https://mesh.localhost:443\", \"connected\": false, \"error\": \"502\"",
                "signal not connected: 502"
            ),
            (
                "\"management\": {\"url\": \"https://mesh.localhost:443\"",
                "\"management\": {\"url\": \"https://mesh.boma.example:443\"",
                "management is at https://mesh.boma.example:443, not at mesh.localhost"
            ),
        ]
        for (good, bad, complaint) in cases {
            let json = healthy.replacingOccurrences(of: good, with: bad)
            XCTAssertNotEqual(json, healthy, "the case '\(complaint)' changes nothing")
            XCTAssertEqual(try MeshStatus(json: json).complaints(coordinator: "mesh.localhost"), [complaint])
        }
    }

    func testWhatIsNoStatusIsRefusedWithTheKey() {
        XCTAssertThrowsError(try MeshStatus(json: "{}")) { XCTAssertTrue("\($0)".contains("lacks"), "\($0)") }
    }

    func testCurlsWordsAreTakenApart() {
        let answer = SecureAnswer(
            transfer: """
                {"a": "--boma-it--"}
                --boma-it--502
                Subject:
                Issuer:CN = Caddy Local Authority - ECC Intermediate
                Serial Number:0a:1b
                X509v3 Subject Alternative Name:DNS:mesh.localhost
                -----BEGIN CERTIFICATE-----
                Issuer:CN = the next one
                """)
        XCTAssertEqual(answer.status, 502)
        XCTAssertEqual(answer.issuer, "CN = Caddy Local Authority - ECC Intermediate")
        XCTAssertEqual(answer.names, "DNS:mesh.localhost")
        XCTAssertEqual(answer.serial, "0a:1b")
        XCTAssertEqual(answer.body, "{\"a\": \"--boma-it--\"}\n")
    }
}
