import Foundation

/// Shows the lines of a file, and with `goesOn` those that another process adds, until it says no.
///
/// - Parameter goesOn: asked twice a second; the lines that were there at its last answer are still shown.
public func followLines(
    of file: URL, show: (String) throws -> Void, while goesOn: () -> Bool
) async throws {
    var reader = LineReader(file: file)
    while true {
        let isLast = !goesOn()
        while true {
            let lines = reader.newLines()
            guard !lines.isEmpty else { break }
            try lines.forEach(show)
        }
        if isLast {
            try reader.newLines(isLast: true).forEach(show)
            return
        }
        try await pause(for: .milliseconds(500))
    }
}
