import Foundation
import XCTest

@testable import VMHarness

final class TimelineTests: XCTestCase {
    private struct Broken: Error, CustomStringConvertible {
        let description = "it broke\nand more"
    }

    func testSpansNestAndKeepTheirResults() async throws {
        let timeline = Timeline(started: SampleReports.start)
        let outer = timeline.begin(.boot, "boot")
        let value = await timeline.measure(.check, "ssh") { 7 }
        XCTAssertEqual(value, 7)
        await assertThrows({ try await timeline.measure(.check, "look") { throw Broken() } })
        timeline.end(outer, detail: "fine")
        timeline.end(outer, ok: false, detail: "ended twice")
        _ = timeline.begin(.reboot, "reboot")

        let spans = timeline.spans
        XCTAssertEqual(spans.map(\.name), ["boot", "ssh", "look", "reboot"])
        XCTAssertEqual(spans.map(\.ok), [true, true, false, true])
        XCTAssertEqual(spans.map(\.detail), ["fine", nil, "it broke", nil])
        XCTAssertNil(spans[3].end)
        XCTAssertGreaterThanOrEqual(spans[0].start, SampleReports.start)
        for span in spans[1...2] {
            XCTAssertGreaterThanOrEqual(span.start, spans[0].start)
            XCTAssertLessThanOrEqual(try XCTUnwrap(span.end), try XCTUnwrap(spans[0].end))
        }
    }

    func testManyTasksMayAddToIt() async {
        let timeline = Timeline()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 { group.addTask { await timeline.measure(.other, "\(number)") {} } }
        }
        XCTAssertEqual(Set(timeline.spans.map(\.name)).count, 200)
        XCTAssertTrue(timeline.spans.allSatisfy { $0.end != nil })
    }

    private func span(_ name: String, _ begin: Double, _ end: Double?) -> TimelineSpan {
        TimelineSpan(.other, name, start: SampleReports.start + begin, end: end.map { SampleReports.start + $0 })
    }

    func testEachLevelOfNestingHasItsLane() {
        let layout = TimelineLayout(
            [
                span("task", 12, 14), span("boot", 0, 10), span("play", 10, 20), span("wait", 1, 5),
                span("open", 20, nil),
            ],
            from: SampleReports.start, to: SampleReports.start + 30)
        let lanes = Dictionary(uniqueKeysWithValues: layout.bars.map { ($0.span.name, $0.lane) })
        XCTAssertEqual(lanes, ["boot": 0, "wait": 1, "play": 0, "task": 1, "open": 0])
        XCTAssertEqual(layout.laneCount, 2)
        XCTAssertEqual(layout.length, 30)
        XCTAssertEqual(layout.bars.last?.end, 30, "what never ended reaches the edge")
    }

    func testTooManySpansLeaveTheLongAndTheFailedOnes() {
        var spans = (0..<1000).map { span("short", Double($0), Double($0) + 0.5) }
        spans[3] = span("long", 3, 900)
        spans[900] = TimelineSpan(
            .task, "failed", start: SampleReports.start + 900, end: SampleReports.start + 900, ok: false)
        let layout = TimelineLayout(spans, from: SampleReports.start, to: SampleReports.start + 1000)
        XCTAssertEqual(layout.bars.count, TimelineLayout.mostBars)
        XCTAssertEqual(layout.leftOut, 1000 - TimelineLayout.mostBars)
        XCTAssertTrue(Set(layout.bars.map(\.span.name)).isSuperset(of: ["long", "failed"]))
        let crowd = (0..<50).map { span("\($0)", Double($0) / 10, 100) }
        XCTAssertEqual(
            TimelineLayout(crowd, from: SampleReports.start, to: SampleReports.start).laneCount,
            TimelineLayout.mostLanes)
    }

    func testTheAxisHasAFewRoundTimes() {
        for (length, ticks) in [(3.0, [0, 0.5, 1, 1.5, 2, 2.5, 3]), (431.5, [0, 120, 240, 360])] {
            let layout = TimelineLayout(
                [span("x", 0, length)], from: SampleReports.start, to: SampleReports.start)
            XCTAssertEqual(layout.ticks, ticks)
        }
        let ages = TimelineLayout([span("x", 0, 1e9)], from: SampleReports.start, to: SampleReports.start)
        XCTAssertLessThan(ages.ticks.count, 9)
    }

    func testALabelIsShownOnlyWhereItFits() {
        let spans = [span("long one", 0, 90), span("tiny one", 90, 91)]
        let html = TimelineChart(spans, from: SampleReports.start, to: SampleReports.start).html
        XCTAssertTrue(html.contains("<text class=\"at-phone\" x=\"7\" y=\"15\">long one</text>"))
        XCTAssertFalse(html.contains("y=\"15\">tiny one</text>"))
        XCTAssertTrue(html.contains("<title>other: tiny one"), "it can still be found")
        XCTAssertEqual(TimelineChart([], from: SampleReports.start, to: SampleReports.start).html, "")
    }
}
