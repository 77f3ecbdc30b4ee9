import Foundation
import Synchronization

/// What a person sees while a run goes on: one line an event with the time since its start, on standard error and in
/// `events.log`.
public final class EventLog: Sendable {
    private struct State {
        var file: FileHandle?
        var lastWords = ContinuousClock.now
        /// What stands in the last line of the terminal.
        var status: String?
    }

    private let start = ContinuousClock.now
    private let state: Mutex<State>
    /// Whether somebody looks at a terminal.
    let isTerminal = isatty(2) == 1

    /// Writes to `events.log` in a folder.
    ///
    /// - Throws: ``HarnessTrouble`` when it can't be made.
    public init(folder: URL) throws {
        let url = folder.appending(path: "events.log")
        try PrivateFile.write(Data(), to: url)
        state = Mutex(State(file: try FileHandle(forWritingTo: url)))
    }

    /// How long nothing has been said.
    var silence: Duration { state.withLock { .now - $0.lastWords } }

    /// Shows text as the last line of a terminal, over the one before; `nil` removes it. Not part of the log.
    func show(status: String?) {
        guard isTerminal else { return }
        state.withLock { state in
            guard status != nil || state.status != nil else { return }
            state.status = status
            try? FileHandle.standardError.write(contentsOf: Data("\r\u{1b}[K\(status ?? "")".utf8))
        }
    }

    /// Writes one event. Foreign text in it can't reach the terminal as commands.
    public func say(_ event: String) {
        let seconds = Int((ContinuousClock.now - start).inSeconds)
        let lines = event.split(whereSeparator: \.isNewline).map { printable($0) }
        let text = lines.map { String(format: "[%3d:%02d] ", seconds / 60, seconds % 60) + $0 + "\n" }.joined()
        write(text)
    }

    /// Writes text as it is, without the time: for commands that somebody will paste.
    public func show(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { printable($0) + "\n" }.joined()
        write(lines)
    }

    private func write(_ lines: String) {
        state.withLock { state in
            state.lastWords = .now
            try? state.file?.write(contentsOf: Data(lines.utf8))
            let (before, after) = state.status.map { ("\r\u{1b}[K", $0) } ?? ("", "")
            try? FileHandle.standardError.write(contentsOf: Data((before + lines + after).utf8))
        }
    }
}
