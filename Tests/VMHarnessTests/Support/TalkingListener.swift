import Foundation

/// Listens on the loopback and talks with whoever connects, each on a thread of its own.
final class TalkingListener: Sendable {
    let port: Int
    private let handle: Int32

    init(_ talk: @escaping @Sendable (Int32) -> Void) throws {
        let (handle, port) = try LoopbackListener.open(Int32(SOCK_STREAM.rawValue))
        self.handle = handle
        self.port = Int(port)
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
