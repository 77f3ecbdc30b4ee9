import Foundation

/// Listens on the loopback and talks with whoever connects, each on a thread of its own.
final class TalkingListener: Sendable {
    let port: Int
    private let handle: Int32

    init(_ talk: @escaping @Sendable (Int32) -> Void) throws {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, length) | listen(handle, 16) | getsockname(handle, $0, &length)
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRINUSE) }
        self.handle = handle
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread {
            while case let connection = accept(handle, nil, nil), connection >= 0 {
                Thread.detachNewThread {
                    talk(connection)
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(handle, Int32(SHUT_RDWR))
        close(handle)
    }

    /// Whoever has hung up does not hear it, and ends nobody by a signal.
    static func say(_ text: String, to handle: Int32) {
        _ = text.withCString { send(handle, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }
}
