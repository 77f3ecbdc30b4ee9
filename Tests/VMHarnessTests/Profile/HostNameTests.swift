import XCTest

@testable import VMHarness

final class HostNameTests: XCTestCase {
    func testNamesAsInventoriesHaveThem() {
        for name in ["askari", "web1.example.com", "Web_2", "192.0.2.17", "db-01", "_old", "A"] {
            XCTAssertTrue(HostName(name).isUsable, name)
        }
    }

    /// Paths, Ansible's patterns and options, groups that always are, and the control host itself.
    func testWhatIsNoNameOfAHost() {
        for name in [
            "", ".", "..", "a/b", "-x", "all", "ungrouped", "localhost", "127.0.0.1", "127.1", "::1", "web[1:3]",
            "~web",
            "!web", "a:b", "a,b", "a*", "@file", "a b", "a\n", "a\nb", "é", String(repeating: "a", count: 201),
        ] {
            XCTAssertFalse(HostName(name).isUsable, name)
        }
    }

    func testWhatALibvirtDomainIsCalledAfterIt() {
        XCTAssertEqual(HostName("askari").label, "askari")
        XCTAssertEqual(HostName("Web_2.example.com").label, "web-2-example-com")
        XCTAssertEqual(HostName(String(repeating: "a", count: 39) + "...b").label.count, 39)
    }

    func testWhatTheMachineCallsItself() {
        XCTAssertEqual(HostName("web1.example.com").hostname, "web1")
        XCTAssertEqual(HostName("web1.example.com").domainName, "web1.example.com")
        XCTAssertEqual(HostName("Web_2").hostname, "Web_2")
        XCTAssertNil(HostName("Web_2").domainName)
        XCTAssertEqual(HostName("192.0.2.17").hostname, "host-192-0-2-17")
        XCTAssertNil(HostName("192.0.2.17").domainName)
    }
}
