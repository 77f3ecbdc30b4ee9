import Foundation

extension String {
    /// Trimmed lines without the empty ones.
    var lines: [String] {
        split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
