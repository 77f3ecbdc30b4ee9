import Foundation
import Synchronization

/// What a person sees while a run goes on: one line an event with the time since its start, on standard error and in
/// `events.log`.
public final class EventLog: Sendable {
    private let start = ContinuousClock.now
    private let file: Mutex<FileHandle?>

    /// Writes to `events.log` in a folder.
    public init(folder: URL) {
        let url = folder.appending(path: "events.log")
        FileManager.default.createFile(url, Data())
        file = Mutex(try? FileHandle(forWritingTo: url))
    }

    /// Writes one event. Foreign text in it can't reach the terminal as commands.
    public func say(_ event: String) {
        let seconds = Int((ContinuousClock.now - start).inSeconds)
        let lines = event.split(whereSeparator: \.isNewline).map { printable($0) }
        let text = lines.map { String(format: "[%3d:%02d] ", seconds / 60, seconds % 60) + $0 + "\n" }.joined()
        file.withLock { file in
            try? file?.write(contentsOf: Data(text.utf8))
            try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
        }
    }

    /// Writes text as it is, without the time: for commands that somebody will paste.
    public func show(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { printable($0) + "\n" }.joined()
        file.withLock { file in
            try? file?.write(contentsOf: Data(lines.utf8))
            try? FileHandle.standardError.write(contentsOf: Data(lines.utf8))
        }
    }
}
