import Foundation

/// The project's own libvirt network: NAT to the outside, nobody else on it.
public struct IsolatedNetwork: Sendable {
    /// Name in libvirt.
    public static let name = "boma-it-net"
    /// Its bridge on the host.
    public static let bridge = "boma-it-br0"
    /// First three octets of its addresses.
    public let subnet: String
    private let virsh: Virsh
    private let runner: any CommandRunner
    /// What its bridge's packets pass.
    var firewall = BridgeFirewall()

    /// The network on the given libvirt.
    public init(virsh: Virsh, runner: any CommandRunner, subnet: String) {
        self.virsh = virsh
        self.runner = runner
        self.subnet = subnet
    }

    /// Numbers of the machines that fit: last octet of their address, and last of their card's.
    static let slots = 10..<50
    /// Those of machines that boot.
    static let coldSlots = 10..<30
    /// Those of machines whose memory is kept in a layer: what is restored from it has their card and address again.
    static let warmSlots = 30..<50

    /// Address of the machine in a slot.
    func address(slot: Int) -> String { "\(subnet).\(slot)" }
    /// Card of the machine in a slot.
    static func mac(slot: Int) -> String { String(format: "52:54:00:b0:3a:%02x", slot) }

    /// The definition. Every slot has a fixed address, so a machine keeps its own over reboots and restores.
    var xml: String {
        let hosts = Self.slots.map { "      <host mac='\(Self.mac(slot: $0))' ip='\(address(slot: $0))'/>" }
        return """
            <network>
              <name>\(Self.name)</name>
              <forward mode='nat'/>
              <bridge name='\(Self.bridge)' stp='off' delay='0'/>
              <ip address='\(subnet).1' netmask='255.255.255.0'>
                <dhcp>
                  <range start='\(address(slot: Self.slots.lowerBound))' end='\(address(slot: Self.slots.upperBound - 1))'/>
            \(hosts.joined(separator: "\n"))
                </dhcp>
              </ip>
            </network>
            """
    }

    /// Makes sure that the network is there and active, and with it the filters of its machines.
    ///
    /// - Parameter folder: where the definition is written.
    /// - Throws: ``HarnessTrouble`` when the subnet or the bridge is taken by something that isn't ours, or when what crosses
    ///   the bridge does not pass the firewall.
    public func ensure(folder: URL) async throws {
        // Check the subnet before the filters are redefined: running machines would get rules of a subnet that is then
        // refused.
        let isDefined = try await isDefined()
        let isActive = isDefined ? try await isActive() : false
        if !isActive { try await refuseWhatIsTaken() }
        try await CulDeSac(virsh: virsh, runner: runner, subnet: subnet).ensure(folder: folder)
        if isActive { return try firewall.require() }
        if !isDefined {
            let file = folder.appending(path: "network.xml")
            try xml.write(to: file, atomically: true, encoding: .utf8)
            try await virsh.run(["net-define", file.path]).requireSuccess(
                "defining network \(Self.name)", hint: Self.change)
        }
        let started = try await virsh.run(["net-start", Self.name])
        guard started.succeeded else {
            _ = try await virsh.run(["net-undefine", Self.name])
            throw HarnessTrouble(
                "network \(Self.name) (\(subnet).0/24, bridge \(Self.bridge))",
                why: "can't be started: \(started.errorOutput.lines.last ?? "no reason given")",
                fix: "free the subnet or the bridge, or \(Self.change)")
        }
        try firewall.require()
    }

    /// Checks that the network is there or could be made; changes nothing.
    ///
    /// - Returns: whether it is active already.
    /// - Throws: ``HarnessTrouble`` like ``ensure(folder:)``.
    public func check() async throws -> Bool {
        if try await isDefined(), try await isActive() { return true }
        try await refuseWhatIsTaken()
        return false
    }

    /// Removes the network and the filters of its machines.
    public func remove() async throws {
        try await CulDeSac(virsh: virsh, runner: runner, subnet: subnet).remove()
        guard try await virsh.networkNames().contains(Self.name) else { return }
        let now = try await virsh.run(["net-dumpxml", Self.name]).requireSuccess("reading network \(Self.name)").output
        guard now.contains("'\(Self.bridge)'") else {
            throw HarnessTrouble(
                "network \(Self.name)", why: "has another bridge than \(Self.bridge): it is not boma-it's",
                fix: "find out who made it, then rename or remove it")
        }
        _ = try await virsh.run(["net-destroy", Self.name])
        try await virsh.run(["net-undefine", Self.name]).requireSuccess("removing network \(Self.name)")
    }

    private static let change = "set BOMA_IT_SUBNET to a free private /24"

    /// Whether the network is there, with our subnet.
    private func isDefined() async throws -> Bool {
        guard try await virsh.networkNames().contains(Self.name) else { return false }
        let now = try await virsh.run(["net-dumpxml", Self.name]).requireSuccess("reading network \(Self.name)").output
        guard now.contains("'\(subnet).1'"), now.contains("'\(Self.bridge)'") else {
            throw HarnessTrouble(
                "network \(Self.name)", why: "is defined with another subnet than \(subnet).0/24",
                fix: "boma-it clean removes it")
        }
        guard now.contains("'\(Self.mac(slot: Self.slots.upperBound - 1))'") else {
            throw HarnessTrouble(
                "network \(Self.name)", why: "was defined by another version of boma-it",
                fix: "boma-it clean removes it")
        }
        return true
    }

    private func isActive() async throws -> Bool {
        try await virsh.run(["net-list", "--name"]).requireSuccess("listing the active networks").output.lines
            .contains(Self.name)
    }

    private func refuseWhatIsTaken() async throws {
        // Check this before libvirt starts the network: if that fails, libvirt removes the other's bridge.
        guard try await !runner.run(Command("ip", ["link", "show", "dev", Self.bridge])).succeeded else {
            throw HarnessTrouble(
                "bridge \(Self.bridge)", why: "exists, but is not network \(Self.name)'s",
                fix: "find out who made it, then remove it: ip link delete \(Self.bridge)")
        }
        let routes = try await runner.run(Command("ip", ["-json", "-4", "route", "show", "table", "main"]))
            .requireSuccess("reading the host's routes").output
        if let taken = try Self.conflict(of: subnet, inRoutes: routes) {
            throw HarnessTrouble(
                "subnet \(subnet).0/24", why: "is taken on this control host: \(taken)", fix: Self.change)
        }
    }

    /// The first route, other than the default and our own bridge's, that overlaps the /24.
    static func conflict(of subnet: String, inRoutes json: String) throws -> String? {
        struct Route: Decodable {
            let dst: String
            let dev: String?
        }
        let wanted = value(of: "\(subnet).0")
        for route in try JSONDecoder().decode([Route].self, from: Data(json.utf8)) where route.dst != "default" {
            let parts = route.dst.split(separator: "/")
            let length = parts.count == 2 ? Int(parts[1]) ?? 32 : 32
            let mask: UInt32 = min(length, 24) == 0 ? 0 : ~0 << (32 - UInt32(min(length, 24)))
            guard route.dev != bridge, let theirs = value(of: String(parts[0])), let wanted else { continue }
            if theirs & mask == wanted & mask { return "\(route.dst) dev \(route.dev ?? "?")" }
        }
        return nil
    }

    private static func value(of address: String) -> UInt32? {
        let octets = address.split(separator: ".").compactMap { UInt32($0) }
        guard octets.count == 4 else { return nil }
        return octets.reduce(0) { $0 << 8 | $1 }
    }
}
