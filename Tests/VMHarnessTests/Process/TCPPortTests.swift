import Foundation
import XCTest

@testable import VMHarness

final class TCPPortTests: XCTestCase {
    func testAnOpenPortHasNoObstacleAndAClosedOneSaysSo() async throws {
        var listener: LoopbackListener? = try LoopbackListener()
        let port = try XCTUnwrap(listener?.port)
        let open = try await TCPPort.obstacle("127.0.0.1", port: port, limit: .seconds(2))
        XCTAssertNil(open)
        XCTAssertEqual(listener?.connections(), 1)
        listener = nil
        let closed = try await TCPPort.obstacle("127.0.0.1", port: port, limit: .seconds(2))
        XCTAssertEqual(closed?.isRefusal, true)
        XCTAssertEqual(closed?.words, "connect to 127.0.0.1 port \(port): Connection refused")
    }

    func testSilenceIsNotWaitedForLongerThanTheLimit() async throws {
        // Nobody takes what waits here, so the queue fills up, and what comes then gets no answer.
        let listener = try LoopbackListener(backlog: 0)
        let start = ContinuousClock.now
        var words: String?
        for _ in 0..<8 where words == nil {
            words = try await TCPPort.obstacle("127.0.0.1", port: listener.port, limit: .milliseconds(200))?.words
        }
        XCTAssertEqual(words, "connect to 127.0.0.1 port \(listener.port): no answer")
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(5))
    }

    func testWhatIsNoAddressIsNoPort() async throws {
        let words = try await TCPPort.obstacle("nowhere", port: 22, limit: .seconds(2))
        XCTAssertEqual(words?.words, "connect to nowhere port 22: no IPv4 address")
    }
}
