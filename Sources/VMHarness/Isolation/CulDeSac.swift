import Foundation

/// Safety invariant 3, enforced by libvirt: what passes a machine's network card.
///
/// Two filters of libvirt's own (nwfilter), one of which is attached to the card in the domain's definition: they need no
/// root, are there from the guest's first packet on, and libvirtd puts them back when it restarts. The ranges are refused on the bridge, before the host's routing; only what goes to the gateway needs state
/// (answers, but no questions beyond DHCP and DNS), and so `br_netfilter`. That they hold is ``IsolationProof``'s to say.
struct CulDeSac: Sendable {
    /// The filters. Their fixed uuid is our mark: one of that name with another uuid is not ours.
    enum Filter: String, CaseIterable {
        /// The internet and the gateway's DHCP and DNS, nothing else.
        case internetOnly = "boma-it-cul-de-sac"
        /// The gateway's DHCP and DNS, nothing else; answers to the control host as ever.
        case noEgress = "boma-it-no-egress"

        var uuid: String {
            switch self {
            case .internetOnly: "b0a1c0de-5ac0-4d15-9a1e-3f1e7b0a1701"
            case .noEgress: "b0a1c0de-5ac0-4d15-9a1e-3f1e7b0a1702"
            }
        }
    }

    /// What is no internet: RFC 1918, carrier NAT and meshes, link-local, loopback, protocol assignments, multicast,
    /// reserved. In libvirt's notation: address and mask.
    static let forbiddenRanges = [
        ("0.0.0.0", "8"), ("10.0.0.0", "8"), ("100.64.0.0", "10"), ("127.0.0.0", "8"), ("169.254.0.0", "16"),
        ("172.16.0.0", "12"), ("192.0.0.0", "24"), ("192.168.0.0", "16"), ("224.0.0.0", "4"), ("240.0.0.0", "4"),
    ]

    let virsh: Virsh
    let runner: any CommandRunner
    /// First three octets of the test network.
    let subnet: String

    private var gateway: String { "\(subnet).1" }

    /// Makes sure that both filters are there and fit this host's addresses; machines that use them get the new rules.
    ///
    /// - Parameter folder: where the definitions are written.
    /// - Throws: ``HarnessTrouble`` when a filter of that name is not ours.
    func ensure(folder: URL) async throws {
        let hosts = try await hostAddresses()
        for filter in Filter.allCases {
            try await refuseForeign(filter)
            let file = folder.appending(path: "\(filter.rawValue).xml")
            try xml(filter, hostAddresses: hosts).write(to: file, atomically: true, encoding: .utf8)
            try await virsh.run(["nwfilter-define", file.path]).requireSuccess(
                "defining libvirt's filter \(filter.rawValue)", hint: "install libvirt's nwfilter driver: make setup")
        }
    }

    /// Removes both filters.
    ///
    /// - Throws: ``CommandError`` when a machine still uses one.
    func remove() async throws {
        for filter in Filter.allCases where try await uuid(of: filter) == filter.uuid {
            try await virsh.run(["nwfilter-undefine", filter.rawValue]).requireSuccess(
                "removing libvirt's filter \(filter.rawValue)", hint: "remove kept machines first: boma-it clean")
        }
    }

    private func refuseForeign(_ filter: Filter) async throws {
        guard let found = try await uuid(of: filter), found != filter.uuid else { return }
        throw HarnessTrouble(
            "libvirt's filter \(filter.rawValue)", why: "exists, but is not boma-it's (uuid \(found))",
            fix: "find out who made it, then rename or remove it: virsh nwfilter-undefine \(filter.rawValue)")
    }

    /// The uuid of a filter by its name; `nil` when there is none of that name.
    private func uuid(of filter: Filter) async throws -> String? {
        let list = try await virsh.run(["nwfilter-list"]).requireSuccess(
            "listing libvirt's filters", hint: "install libvirt's nwfilter driver: make setup")
        return list.output.lines.map { $0.split(separator: " ") }
            .first { $0.count == 2 && $0[1] == filter.rawValue }.map { String($0[0]) }
    }

    /// The host's own IPv4 addresses beside loopback. A public one is in no private range, and what is sent to it never
    /// leaves the host, so each has to be named.
    func hostAddresses() async throws -> [String] {
        struct Link: Decodable {
            struct Address: Decodable { let local: String? }
            let addr_info: [Address]?
        }
        let json = try await runner.run(Command("ip", ["-json", "-4", "address", "show"]))
            .requireSuccess("reading the host's addresses").output
        let links = try JSONDecoder().decode([Link].self, from: Data(json.utf8))
        let all = Set(links.flatMap { $0.addr_info ?? [] }.compactMap(\.local))
        return all.filter { $0 != gateway && !$0.hasPrefix("127.") }.sorted()
    }

    // MARK: - Rules

    /// A filter's definition.
    func xml(_ filter: Filter, hostAddresses: [String]) -> String {
        var rules = stateRules + bridgeRules
        if filter == .internetOnly {
            let forbidden = hostAddresses.map { ($0, "32") } + Self.forbiddenRanges
            for (address, mask) in forbidden {
                rules.append(rule("drop", "out", 300, "ip dstipaddr='\(address)' dstipmask='\(mask)'"))
                rules.append(rule("drop", "in", 300, "ip srcipaddr='\(address)' srcipmask='\(mask)'"))
            }
            rules.append(rule("drop", "in", 300, "ip dstipaddr='224.0.0.0' dstipmask='3'"))
            rules.append(rule("accept", "out", 400, "ip srcipaddr='\(subnet).0' srcipmask='24'"))
            rules.append(rule("accept", "in", 400, "ip"))
        }
        // Everything else: IPv6, ARP for others, foreign senders, protocols that nobody thought of.
        rules.append("  <rule action='drop' direction='inout' priority='900'/>")
        return """
            <filter name='\(filter.rawValue)' chain='root'>
              <uuid>\(filter.uuid)</uuid>
            \(rules.joined(separator: "\n"))
            </filter>

            """
    }

    /// Towards the control host, with state (iptables): the control host asks, the guest answers.
    private var stateRules: [String] {
        [
            rule("accept", "in", 100, "all srcipaddr='\(gateway)'"),
            rule("accept", "out", 110, "udp dstipaddr='\(gateway)' dstportstart='53'"),
            rule("accept", "out", 110, "udp dstipaddr='\(gateway)' dstportstart='67'"),
            rule("accept", "out", 110, "tcp dstipaddr='\(gateway)' dstportstart='53'"),
            // "Port unreachable" is how a guest's firewall says no; it belongs to a question of the control host.
            rule("accept", "out", 110, "icmp dstipaddr='\(gateway)' type='3'", state: false),
            rule("drop", "out", 120, "all dstipaddr='\(gateway)'"),
        ]
    }

    /// On the bridge, without state (ebtables).
    private var bridgeRules: [String] {
        [
            rule("accept", "out", 200, "arp arpdstipaddr='\(gateway)'"),
            rule("accept", "in", 200, "arp arpsrcipaddr='\(gateway)'"),
            rule("drop", "out", 200, "ip srcipaddr='\(gateway)'"),
            rule("accept", "out", 210, "ip dstipaddr='\(gateway)'"),
            rule("accept", "in", 210, "ip srcipaddr='\(gateway)'"),
            rule("accept", "out", 210, "ip dstipaddr='255.255.255.255' protocol='udp' dstportstart='67'"),
        ]
    }

    private func rule(_ action: String, _ direction: String, _ priority: Int, _ what: String, state: Bool = true)
        -> String
    {
        let match = state ? "" : " statematch='false'"
        return "  <rule action='\(action)' direction='\(direction)' priority='\(priority)'\(match)><\(what)/></rule>"
    }
}
