import Foundation
import Glibc

/// A TCP port of a machine, asked without a program being started: often enough to notice at once when it opens.
enum TCPPort {
    /// Connects and hangs up.
    ///
    /// - Parameters:
    ///   - address: an IPv4 address.
    ///   - limit: how long an answer may take; a lost first packet is sent anew after one second.
    /// - Returns: `nil` when something listens, and otherwise what was seen instead.
    static func obstacle(_ address: String, port: UInt16, limit: Duration) async throws -> Obstacle? {
        let place = "connect to \(address) port \(port)"
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &target.sin_addr) == 1 else { return Obstacle("\(place): no IPv4 address") }
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return Obstacle(place, errno) }
        defer { close(socket) }
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let begun = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        if begun == 0 { return nil }
        guard errno == EINPROGRESS else { return Obstacle(place, errno) }
        let deadline = Deadline(after: limit)
        while true {
            var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            if poll(&entry, 1, 0) > 0 { break }
            guard !deadline.hasPassed else { return Obstacle("\(place): no answer") }
            try await pause(for: .milliseconds(20))
        }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return Obstacle(place, errno) }
        return code == 0 ? nil : Obstacle(place, code)
    }

    /// What was seen instead of an answer.
    struct Obstacle: Equatable {
        /// In words.
        let words: String
        /// Whether the machine itself, or its firewall, said no: it has seen the attempt, and may count it.
        let isRefusal: Bool

        init(_ words: String) {
            self.words = words
            isRefusal = false
        }

        init(_ place: String, _ code: Int32) {
            words = "\(place): \(String(cString: strerror(code)))"
            isRefusal = code == ECONNREFUSED || code == ECONNRESET
        }
    }
}
