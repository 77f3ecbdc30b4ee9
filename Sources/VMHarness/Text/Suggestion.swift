/// What somebody may have meant who mistyped a word.
public enum Suggestion {
    /// The candidate that is nearest; `nil` when none is near enough to be worth a word.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        // Longer words are not typing mistakes, and the work grows with the square of the length.
        guard !word.isEmpty, word.count <= 64 else { return nil }
        let near = candidates.map { ($0, distance(word.lowercased(), $0.lowercased())) }
            .min { $0.1 < $1.1 }
        if let near, near.1 <= max(1, min(word.count, near.0.count) / 3) { return near.0 }
        let begun = candidates.filter { word.count >= 2 && $0.hasPrefix(word) }
        return begun.count == 1 ? begun[0] : nil
    }

    /// How many letters one has to change, add, remove or swap with their neighbour.
    public static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b))
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
