import Foundation

/// A timeline as an inline SVG with its legend and a table of the same.
///
/// Positions are percentages and sizes pixels, so that labels keep their size from a phone to a wide screen.
struct TimelineChart {
    private static let laneHeight = 26
    private static let axisHeight = 22

    private let layout: TimelineLayout

    /// - Parameters:
    ///   - start: the left edge.
    ///   - end: the right edge.
    init(_ spans: [TimelineSpan], from start: Date, to end: Date) {
        layout = TimelineLayout(spans, from: start, to: end)
    }

    /// The figure; empty when nothing took time.
    var html: String {
        guard !layout.bars.isEmpty else { return "" }
        return """
            <figure class="timeline">
            \(svg)
            <figcaption>\(legend)\(longest)</figcaption>
            <details><summary>All steps</summary>
            \(table)
            </details>
            </figure>
            """
    }

    private var svg: String {
        let bottom = layout.laneCount * Self.laneHeight + 4
        let grid = layout.ticks.map { tick in
            let share = tick / layout.length
            let anchor = share < 0.03 ? "start" : share > 0.95 ? "end" : "middle"
            let x = Self.percent(share)
            return """
                <line x1="\(x)" x2="\(x)" y1="0" y2="\(bottom)"/>\
                <text x="\(x)" y="\(bottom + 15)" text-anchor="\(anchor)">\(Self.label(tick))</text>
                """
        }
        return """
            <svg width="100%" height="\(bottom + Self.axisHeight)" role="img" aria-label="Timeline: \
            \(layout.bars.count) steps in \(PageText.duration(layout.length))">
            <g class="grid">\(grid.joined())</g>
            \(layout.bars.map(bar).joined(separator: "\n"))
            </svg>
            """
    }

    private func bar(_ bar: TimelineLayout.Bar) -> String {
        // Keep a thin bar visible and inside the picture.
        let width = min(max(bar.seconds / layout.length, 0.003), 1)
        let x = min(bar.begin / layout.length, 1 - width)
        let y = bar.lane * Self.laneHeight + 2
        // The role of a task is in its title; its bar is short.
        let words = bar.span.name.components(separatedBy: " : ").last ?? ""
        let name = (bar.span.ok ? "" : "✗ ") + lineForPeople(words, limit: 60)
        // SVG can't measure text; a label is shown only from the width on at which it surely fits.
        let needed = Double(name.unicodeScalars.count) * 7 + 14
        let screens = [(300.0, "at-phone"), (600, "at-tablet"), (900, "at-desk")]
        let label = screens.first { needed <= $0.0 * width }.map { screen in
            "<text class=\"\(screen.1)\" x=\"7\" y=\"15\">\(Markup.escape(name))</text>"
        }
        return """
            <svg x="\(Self.percent(x))" y="\(y)" width="\(Self.percent(width))" height="\(Self.laneHeight - 4)" \
            class="k-\(bar.span.kind.rawValue)\(bar.span.ok ? "" : " wrong")"><title>\(title(bar))</title>\
            <rect width="100%" height="100%" rx="3"/>\(label ?? "")</svg>
            """
    }

    private func title(_ bar: TimelineLayout.Bar) -> String {
        let facts = "\(bar.span.kind.rawValue): \(bar.span.name)\n\(took(bar)), from \(PageText.clock(bar.begin))"
        return Markup.escape(facts + (bar.span.detail.map { "\n\($0)" } ?? ""), limit: 600)
    }

    private func took(_ bar: TimelineLayout.Bar) -> String {
        bar.span.end == nil ? "not ended" : PageText.duration(bar.seconds)
    }

    private var legend: String {
        let used = Set(layout.bars.map(\.span.kind))
        let items = TimelineSpan.Kind.allCases.filter(used.contains).map {
            "<li><span class=\"swatch k-\($0.rawValue)\"></span>\($0.rawValue)</li>"
        }
        let wrong = layout.bars.contains { !$0.span.ok } ? "<li><span class=\"swatch wrong\"></span>✗ failed</li>" : ""
        return "<ul class=\"legend\">\(items.joined())\(wrong)</ul>"
    }

    /// The steps that a reader would shorten first: those that hold no other.
    private var longest: String {
        let bars = layout.bars
        let leaves = bars.filter { bar in
            !bars.contains { $0.lane > bar.lane && $0.begin >= bar.begin - 0.02 && $0.end <= bar.end + 0.02 }
        }
        let top = leaves.sorted { $0.seconds > $1.seconds }.prefix(3).filter { $0.seconds >= 1 }
        guard !top.isEmpty else { return "" }
        let words = top.map { "\(Markup.escape(lineForPeople($0.span.name, limit: 60))) (\(took($0)))" }
        return "<p>Longest: \(words.joined(separator: ", ")).</p>"
    }

    private var table: String {
        let rows = layout.bars.map { bar in
            """
            <tr><td class="num">\(PageText.clock(bar.begin))</td><td class="num">\(took(bar))</td>\
            <td class="lane-\(bar.lane)"><span class="swatch k-\(bar.span.kind.rawValue)"></span>\
            \(bar.span.ok ? "" : "<strong class=\"bad\">✗ failed</strong> ")\(Markup.escape(bar.span.name, limit: 300))\
            \(bar.span.detail.map { " <span class=\"quiet\">\(Markup.escape($0, limit: 300))</span>" } ?? "")</td></tr>
            """
        }
        let left = layout.leftOut
        let rest = left == 0 ? "" : "<p class=\"quiet\">\(left) shorter steps are in report.json.</p>"
        return """
            <table class="steps"><thead><tr><th scope="col">From</th><th scope="col">Took</th>\
            <th scope="col">Step</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>\(rest)
            """
    }

    private static func label(_ tick: Double) -> String {
        tick == 0 ? "0" : tick < 10 && tick != tick.rounded() ? String(format: "%.1f s", tick) : PageText.clock(tick)
    }

    private static func percent(_ share: Double) -> String {
        String(format: "%.3f%%", min(max(share, 0), 1) * 100)
    }
}
