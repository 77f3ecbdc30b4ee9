import Foundation
import XCTest

@testable import VMHarness

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

final class TCPPortTests: XCTestCase {
    /// A socket on the loopback, and its port.
    private func bound() throws -> (socket: Int32, port: UInt16) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) != 0 || getsockname(socket, $0, &size) != 0
            }
        }
        XCTAssertFalse(failed)
        return (socket, UInt16(bigEndian: place.sin_port))
    }

    func testAnOpenPortHasNoObstacleAndAClosedOneSaysSo() async throws {
        let (socket, port) = try bound()
        defer { close(socket) }
        let closed = try await TCPPort.obstacle("127.0.0.1", port: port)
        XCTAssertEqual(closed, "connect to 127.0.0.1 port \(port): Connection refused")
        XCTAssertEqual(listen(socket, 1), 0)
        let open = try await TCPPort.obstacle("127.0.0.1", port: port)
        XCTAssertNil(open)
    }

    func testSilenceIsNotWaitedForLongerThanTheLimit() async throws {
        // Nobody takes what waits here, so the queue fills up, and what comes then gets no answer.
        let (socket, port) = try bound()
        defer { close(socket) }
        XCTAssertEqual(listen(socket, 0), 0)
        let start = ContinuousClock.now
        var words: String?
        for _ in 0..<8 where words == nil {
            words = try await TCPPort.obstacle("127.0.0.1", port: port, limit: .milliseconds(200))
        }
        XCTAssertEqual(words, "connect to 127.0.0.1 port \(port): no answer")
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(5))
    }

    func testWhatIsNoAddressIsNoPort() async throws {
        let words = try await TCPPort.obstacle("nowhere", port: 22)
        XCTAssertEqual(words, "connect to nowhere port 22: no IPv4 address")
    }
}
