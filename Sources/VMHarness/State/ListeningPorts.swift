extension StateSnapshot {
    /// TCP ports that something listens on at another address than the guest's own loopback, with the name of its
    /// process. Without LLMNR's (RFC 4795), which is for the neighbours on a link and nobody's service.
    public var listeningPorts: [Int: String] {
        guard case .facts(let listeners) = self[.listeners] else { return [:] }
        var ports: [Int: String] = [:]
        for (key, process) in listeners {
            guard key.hasPrefix("tcp "), let colon = key.lastIndex(of: ":"),
                let port = Int(key[key.index(after: colon)...]), (1...65535).contains(port), port != 5355
            else { continue }
            let address = key[..<colon].dropFirst(4)
            if !address.hasPrefix("127."), address != "[::1]", !address.hasPrefix("[fe80:") { ports[port] = process }
        }
        return ports
    }
}
