/// Seconds by name, in the order in which they were taken.
struct Samples: Sendable {
    /// All of them.
    private(set) var seconds: [String: [Double]] = [:]
    /// Names in the order of their first sample.
    private(set) var names: [String] = []

    /// Smallest, middle and largest.
    struct Spread: Equatable {
        let min: Double
        let median: Double
        let max: Double
    }

    mutating func add(_ value: Double, to name: String) {
        if seconds[name] == nil { names.append(name) }
        seconds[name, default: []].append(value)
    }

    /// The middle one; the mean of the two in the middle when their number is even. `nil` when there is none.
    func median(of name: String) -> Double? { spread(of: name)?.median }

    func spread(of name: String) -> Spread? {
        guard let sorted = seconds[name]?.sorted(), let first = sorted.first, let last = sorted.last else { return nil }
        let middle = sorted.count / 2
        let median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        return Spread(min: first, median: median, max: last)
    }

    /// Median of one over median of the other; `nil` when either was not measured.
    func ratio(_ name: String, over other: String) -> Double? {
        guard let upper = median(of: name), let lower = median(of: other), lower > 0 else { return nil }
        return upper / lower
    }
}
