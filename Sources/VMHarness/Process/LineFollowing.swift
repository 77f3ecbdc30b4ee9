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
        // What is added meanwhile is for the next round: a guest may write faster than this reads.
        let end = reader.size
        var before: UInt64
        repeat {
            before = reader.position
            try reader.newLines().forEach(show)
        } while reader.position < end && reader.position != before
        if isLast {
            try reader.unfinishedLine().map(show)
            return
        }
        try await pause(for: .milliseconds(500))
    }
}
