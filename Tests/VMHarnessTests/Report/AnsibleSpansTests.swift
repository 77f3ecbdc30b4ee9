import Foundation
import XCTest

@testable import VMHarness

final class AnsibleSpansTests: XCTestCase {
    private func seconds(_ span: TimelineSpan) -> [Double?] {
        [span.start.timeIntervalSince1970, span.end?.timeIntervalSince1970]
    }

    func testPlaysAndTasksGetTheirDurationsAndResults() {
        let spans = TimelineSpan.spans(
            ansibleEvents: """
                {"event": "play", "time": 100.0, "name": "base"}
                {"event": "task", "time": 100.5, "name": "facts"}
                {"event": "ok", "time": 103.0, "host": "askari", "task": "facts", "changed": false}
                not json
                {"event": "task", "time": 103.5, "name": "nftables"}
                {"event": "ok", "time": 105.0, "host": "askari", "task": "nftables", "changed": true}
                {"event": "task", "time": 105.0, "name": "optional"}
                {"event": "failed", "time": 106.0, "host": "askari", "task": "optional", "ignored": true}
                {"event": "play", "time": 110.0, "name": "docker"}
                {"event": "task", "time": 110.0, "name": "off"}
                {"event": "skipped", "time": 110.1, "host": "askari", "task": "off"}
                {"event": "task", "time": 111.0, "name": "start"}
                {"event": "failed", "time": 115.0, "host": "askari", "task": "start", "ignored": false}
                {"event": "stats", "time": 116.0, "hosts": {}}
                """)
        XCTAssertEqual(spans.map(\.kind), [.play, .task, .task, .task, .play, .task, .task])
        XCTAssertEqual(spans.map(\.name), ["base", "facts", "nftables", "optional", "docker", "off", "start"])
        XCTAssertEqual(spans.map(\.detail), [nil, "ok", "changed", "failed, ignored", nil, "skipped", "failed"])
        XCTAssertEqual(spans.map(\.ok), [true, true, true, true, false, true, false])
        XCTAssertEqual(seconds(spans[0]), [100, 110])
        XCTAssertEqual(seconds(spans[1]), [100.5, 103])
        XCTAssertEqual(seconds(spans[4]), [110, 116])
        XCTAssertEqual(seconds(spans[6]), [111, 115])
    }

    func testATaskThatNeverCameBackIsSeen() {
        let events = """
            {"event": "play", "time": 100.0, "name": "base"}
            {"event": "task", "time": 101.0, "name": "hangs"}
            {"event": "ta
            """
        let open = TimelineSpan.spans(ansibleEvents: events)
        XCTAssertEqual(open.map(\.detail), [nil, "no result"])
        XCTAssertEqual(open.map(\.ok), [false, false])
        XCTAssertEqual(open.map(\.end), [nil, nil])
        let ended = TimelineSpan.spans(ansibleEvents: events, ended: Date(timeIntervalSince1970: 160))
        XCTAssertEqual(seconds(ended[1]), [101, 160])
    }

    func testAnUnreachableHostFailsItsTask() {
        let spans = TimelineSpan.spans(
            ansibleEvents: """
                {"event": "task", "time": 1.0, "name": "t"}
                {"event": "unreachable", "time": 2.0, "host": "askari", "task": "t"}
                {"event": "task", "time": 1e300, "name": "from a broken clock"}
                """)
        XCTAssertEqual(spans.map(\.detail), ["unreachable"])
        XCTAssertEqual(spans.map(\.ok), [false])
    }
}
