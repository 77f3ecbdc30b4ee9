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
    static func obstacle(_ address: String, port: UInt16, limit: Duration) async throws -> String? {
        let place = "connect to \(address) port \(port)"
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &target.sin_addr) == 1 else { return "\(place): no IPv4 address" }
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return "\(place): \(words(errno))" }
        defer { close(socket) }
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let begun = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        if begun == 0 { return nil }
        guard errno == EINPROGRESS else { return "\(place): \(words(errno))" }
        let deadline = Deadline(after: limit)
        while true {
            var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            if poll(&entry, 1, 0) > 0 { break }
            guard !deadline.hasPassed else { return "\(place): no answer" }
            try await pause(for: .milliseconds(20))
        }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return "\(place): \(words(errno))" }
        return code == 0 ? nil : "\(place): \(words(code))"
    }

    private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}
