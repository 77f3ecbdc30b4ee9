import Foundation

/// Where each span of a timeline goes: from 0 to 1 across, and in a lane that no overlapping span is in.
struct TimelineLayout {
    struct Bar {
        let span: TimelineSpan
        /// Seconds since the start.
        let begin: Double
        let end: Double
        let lane: Int
        var seconds: Double { end - begin }
    }

    /// More bars would be thinner than a pixel; the longest and the failed ones are kept.
    static let mostBars = 400
    static let mostLanes = 8

    let bars: [Bar]
    /// Seconds from the left edge to the right one.
    let length: Double
    let laneCount: Int
    /// How many short spans have no bar.
    let leftOut: Int

    /// - Parameters:
    ///   - start: the left edge, unless a span began before it.
    ///   - end: the right edge, unless a span ended after it; spans that never ended reach it.
    init(_ spans: [TimelineSpan], from start: Date, to end: Date) {
        let left = spans.reduce(start) { min($0, $1.start) }
        let right = spans.reduce(max(end, left)) { max($0, $1.end ?? $1.start) }
        length = max(right.timeIntervalSince(left), 1)
        func seconds(_ span: TimelineSpan) -> Double { (span.end ?? right).timeIntervalSince(span.start) }

        let ranked = spans.sorted { ($0.ok ? 0 : 1, seconds($0)) > ($1.ok ? 0 : 1, seconds($1)) }
        let kept = ranked.prefix(Self.mostBars).sorted { ($0.start, seconds($1)) < ($1.start, seconds($0)) }
        leftOut = spans.count - kept.count

        // A span that contains another begins earlier and is longer, so first fit puts it above.
        var free: [Double] = []
        bars = kept.map { span in
            let begin = span.start.timeIntervalSince(left)
            let end = max(begin, begin + seconds(span))
            // Ignore a tiny overlap: the times come from two clocks.
            let lane = free.firstIndex { $0 <= begin + 0.02 } ?? min(free.count, Self.mostLanes - 1)
            if lane == free.count { free.append(end) } else { free[lane] = max(free[lane], end) }
            return Bar(span: span, begin: begin, end: end, lane: lane)
        }
        laneCount = free.count
    }

    /// Round times for the axis, about five of them, the start included.
    var ticks: [Double] {
        let steps: [Double] = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400]
        let step = steps.first { length / $0 <= 6 } ?? length / 6
        return stride(from: 0, through: length, by: step).map { $0 }
    }
}
