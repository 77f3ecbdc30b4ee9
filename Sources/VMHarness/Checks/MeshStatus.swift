import Foundation

/// What a mesh peer says of itself: `netbird status --json`.
public struct MeshStatus: Codable, Sendable, Equatable {
    /// A service of the coordinator.
    public struct Link: Codable, Sendable, Equatable {
        /// Its address.
        public var url: String
        /// Whether the peer is connected to it.
        public var connected: Bool
        /// What went wrong last; empty when nothing did.
        public var error: String
    }

    /// The coordinator's relays.
    public struct Relays: Codable, Sendable, Equatable {
        /// Relays that the peer knows.
        public var total: Int
        /// Relays that it reaches.
        public var available: Int
    }

    /// Other members.
    public struct Peers: Codable, Sendable, Equatable {
        /// Known ones.
        public var total: Int
        /// Connected ones.
        public var connected: Int
    }

    /// State of the daemon, such as `Connected`.
    public var daemonStatus: String
    /// The management service.
    public var management: Link
    /// The signal service.
    public var signal: Link
    /// The relays.
    public var relays: Relays
    /// Other members of the mesh.
    public var peers: Peers
    /// Address in the mesh, with the length of its prefix.
    public var netbirdIp: String
    /// Public key of the peer.
    public var publicKey: String
    /// Whether its interface is the kernel's.
    public var usesKernelInterface: Bool

    /// Reads the JSON.
    ///
    /// - Throws: ``HarnessTrouble`` when it isn't what NetBird's client prints.
    public init(json: String) throws {
        do {
            self = try JSONDecoder().decode(MeshStatus.self, from: Data(json.utf8))
        } catch {
            throw HarnessTrouble(
                "status of the mesh peer", why: "can't be read (\((error as? DecodingError)?.forPeople ?? "\(error)"))",
                fix: "run 'netbird status --json' in the machine")
        }
    }

    /// Everything that keeps the peer from being the one member of a mesh of its own; empty when nothing does.
    ///
    /// - Parameter name: host name of the coordinator that it has to be enrolled at.
    public func complaints(coordinator name: String) -> [String] {
        var all: [String] = []
        if daemonStatus != "Connected" { all.append("daemon is \(daemonStatus)") }
        for (what, link) in [("management", management), ("signal", signal)] {
            if !link.connected { all.append("\(what) not connected: \(link.error)") }
            let host = URL(string: link.url)?.host()
            if host != name { all.append("\(what) is at \(link.url), not at \(name)") }
        }
        if relays.available < 1 { all.append("relays: \(relays.available) of \(relays.total) available") }
        if !netbirdIp.hasPrefix("100.") { all.append("address in the mesh is '\(netbirdIp)'") }
        if publicKey.isEmpty { all.append("no public key") }
        if !usesKernelInterface { all.append("interface is not the kernel's") }
        if peers.total != 0 { all.append("sees \(peers.total) other members in a mesh of its own") }
        return all
    }
}
