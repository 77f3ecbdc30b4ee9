import XCTest

@testable import VMHarness

final class ForwardChainTests: XCTestCase {
    private func ruleset(_ rules: String) -> String {
        """
        table inet filter {
        \tchain input {
        \t\ttype filter hook input priority filter; policy drop;
        \t\tct status dnat accept
        \t}

        \tchain forward {
        \t\ttype filter hook forward priority filter; policy drop;
        \(rules)
        \t}
        }
        table ip filter {
        \tchain FORWARD {
        \t\ttype filter hook forward priority filter; policy accept;
        \t\tcounter packets 0 bytes 0 jump DOCKER-USER
        \t}
        }
        """
    }

    func testTheChainOfTheIncidentIsSeen() {
        let chains = ForwardChain.all(in: ruleset(""))
        XCTAssertEqual(chains.map(\.table), ["inet filter", "ip filter"])
        XCTAssertEqual(chains.map(\.acceptsPublishedPorts), [false, true])
    }

    func testTheFixIsSeen() {
        let chains = ForwardChain.all(in: ruleset("\t\tct status dnat ct state new accept"))
        XCTAssertEqual(chains.map(\.acceptsPublishedPorts), [true, true])
    }
}
