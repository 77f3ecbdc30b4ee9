import Foundation

/// What lists and single answers need of a run's `report.json`: whose it is, when, and the verdict as it was written. The one
/// place where a verdict is read again.
public struct RunHeader: Decodable, Sendable {
    /// Id of the run.
    public let run: String
    /// Inventory host that the machine pretended to be.
    public let subject: String
    /// When it started.
    public let started: Date
    /// When it ended; `nil` while it goes on, and for ever when it was killed.
    public let finished: Date?
    /// When this was written.
    public let written: Date
    /// What it says about its subject.
    public let verdict: RunVerdict
    /// Commands to paste into a shell.
    public let next: [String]

    /// A report that is larger is not ours.
    private static let largest = 64 << 20

    /// Reads it. Only from a plain file: a pipe of that name would be waited for, a link could lead anywhere.
    ///
    /// - Parameter folder: the run's folder.
    /// - Returns: `nil` when there is no report that can be read.
    public init?(in folder: URL) {
        let file = folder.appending(path: RunReport.fileName)
        guard let facts = FileAttributes(of: file, followingLinks: false), facts.isRegular,
            facts.bytes <= Self.largest,
            let data = try? Data(contentsOf: file),
            let header = try? RunReport.decoder.decode(RunHeader.self, from: data)
        else { return nil }
        self = header
    }
}
