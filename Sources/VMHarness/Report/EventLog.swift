import Foundation
import Glibc
import Synchronization

/// What a person sees while a run goes on: one line an event with the time since its start, on standard error and in
/// `events.log`.
public final class EventLog: Sendable {
    private struct State {
        var file: FileHandle?
        var lastWords = ContinuousClock.now
        /// What is said in the last line of the terminal.
        var status: String?
    }

    private let start = ContinuousClock.now
    private let state: Mutex<State>
    private let screen: FileHandle
    /// Whether somebody looks at a terminal.
    let isTerminal: Bool

    /// Writes to `events.log` in a folder.
    ///
    /// - Parameter screen: where people look.
    /// - Throws: ``HarnessTrouble`` when it can't be made.
    public init(folder: URL, screen: FileHandle = .standardError) throws {
        self.screen = screen
        isTerminal = isatty(screen.fileDescriptor) == 1
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
            try? screen.write(contentsOf: Data("\r\u{1b}[K\(status.map(fitted) ?? "")".utf8))
        }
    }

    /// As much of a status as fits into one line of the terminal as wide as it is now: what runs on to a second line could
    /// not be written over any more, and each second would leave a line behind.
    private func fitted(_ status: String) -> String {
        var size = winsize()
        let isKnown = ioctl(screen.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        // The last column stays free: some terminals begin the next line with it.
        return TerminalColumns.fitted(status, columns: (isKnown ? Int(size.ws_col) : 80) - 1)
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
            let (before, after) = state.status.map { ("\r\u{1b}[K", fitted($0)) } ?? ("", "")
            try? screen.write(contentsOf: Data((before + lines + after).utf8))
        }
    }
}
