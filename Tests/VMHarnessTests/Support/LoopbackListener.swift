import Foundation
import Glibc

/// A TCP port on loopback that counts who connects; nothing is ever said there.
final class LoopbackListener {
    let port: UInt16
    private let handle: Int32

    /// - Parameter backlog: how many connections may wait to be accepted, by the kernel's own way to count.
    init(backlog: Int32 = 16) throws {
        (handle, port) = try Self.open(Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), backlog: backlog)
    }

    /// A socket that listens at a port which the kernel picks, and that port.
    static func open(_ kind: Int32, backlog: Int32 = 16) throws -> (handle: Int32, port: UInt16) {
        let handle = socket(AF_INET, kind, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, length) | listen(handle, backlog) | getsockname(handle, $0, &length)
            }
        }
        guard status == 0 else {
            close(handle)
            throw POSIXError(.EADDRINUSE)
        }
        return (handle, UInt16(bigEndian: address.sin_port))
    }

    deinit { close(handle) }

    /// Connections since the last look.
    func connections() -> Int {
        var count = 0
        while case let connection = accept(handle, nil, nil), connection >= 0 {
            close(connection)
            count += 1
        }
        return count
    }
}
