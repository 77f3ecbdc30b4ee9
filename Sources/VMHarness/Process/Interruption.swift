import Foundation
import Glibc
import Synchronization

/// What must be undone when the process is told to end by SIGINT, SIGTERM or SIGHUP.
///
/// XCTest catches no signal: without this, Ctrl-C would leave a virtual machine behind. A second signal ends at once.
public final class Interruption: Sendable {
    /// The one registry of the process.
    public static let shared = Interruption()

    /// Undoes one thing; has to return within seconds.
    public typealias Handler = @Sendable () async -> Void

    private struct State {
        var handlers: [Int: Handler] = [:]
        var next = 0
        var sources: [DispatchSourceSignal] = []
        var isEnding = false
    }

    private let state = Mutex(State())
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// Whether the calling task undoes something; only such a task may still run tools once the process is ending.
    @TaskLocal public static var isUndoing = false

    /// Whether the process has been told to end. What the interrupted work sees from now on means nothing: its machine is
    /// being taken away under it.
    public var isEnding: Bool { state.withLock { $0.isEnding } }

    /// Stops work that goes on although the process is ending, before it draws conclusions from what it sees.
    ///
    /// - Throws: `CancellationError`.
    func checkEnding() throws {
        if isEnding, !Self.isUndoing { throw CancellationError() }
    }

    /// Registers something to undo and returns the number under which ``remove(_:)`` forgets it. The first call makes
    /// the process listen to the signals.
    public func add(_ handler: @escaping Handler) -> Int {
        state.withLock { state in
            if state.sources.isEmpty {
                state.sources = Self.signals.map(listen)
                // Nor must a reader that has gone away, now that there is something to undo.
                signal(SIGPIPE, SIG_IGN)
            }
            state.next += 1
            state.handlers[state.next] = handler
            return state.next
        }
    }

    /// Forgets a handler.
    public func remove(_ number: Int) {
        state.withLock { _ = $0.handlers.removeValue(forKey: number) }
    }

    /// Ends this process, with all that is to be undone, when the process that started it ends without telling it:
    /// `swift test` that is killed leaves the tests running, with their machine and the host's lock.
    public func endWithParent(lookingEvery interval: Duration = .seconds(1)) {
        let parent = getppid()
        Task { [self] in
            while getppid() == parent { try await pause(for: interval) }
            // Who ended it may have told this process, too; a second word would end it before anything is undone.
            if !isEnding { end(by: SIGTERM) }
        }
    }

    /// Does not return when the process has been told to end: the signal ends it, once everything is undone. Returns at once
    /// otherwise. For whoever is about to exit because the interrupted work has stopped, which it does first.
    public func letEndingFinish() {
        if isEnding { DispatchSemaphore(value: 0).wait() }
    }

    private func listen(to number: Int32) -> DispatchSourceSignal {
        // The disposition must be "ignore" for the source to get it; children are started with the default again.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { [self] in end(by: number) }
        source.resume()
        return source
    }

    /// How long all handlers together may take; the next run removes what is left then.
    private static let limit = Duration.seconds(40)

    static func run(_ handlers: [Handler], within limit: Duration) async {
        let work = Task {
            await $isUndoing.withValue(true) { for handler in handlers { await handler() } }
        }
        let first = FirstOfTwo()
        // Whichever is first; the other is left behind, as the process ends.
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Task {
                await work.value
                if first.isMe() { continuation.resume() }
            }
            Task {
                try? await pause(for: limit)
                if first.isMe() { continuation.resume() }
            }
        }
    }

    private final class FirstOfTwo: Sendable {
        private let isTaken = Mutex(false)

        func isMe() -> Bool {
            isTaken.withLock { taken in
                defer { taken = true }
                return !taken
            }
        }
    }

    /// - Returns: what is to be undone, the last thing first, and whether the process was ending already.
    func beginEnding() -> (handlers: [Handler], isSecond: Bool) {
        state.withLock { state in
            defer { state.isEnding = true }
            return (state.handlers.sorted { $0.key > $1.key }.map(\.value), state.isEnding)
        }
    }

    private func end(by number: Int32) {
        let (handlers, isSecond) = beginEnding()
        if isSecond { _exit(128 + number) }
        // A terminal that was closed takes no more words; that must not end the cleaning up.
        try? FileHandle.standardError.write(
            contentsOf: Data("\ninterrupted: cleaning up (once more to end at once)\n".utf8))
        Task {
            await Self.run(handlers, within: Self.limit)
            // Tools lead process groups of their own, so no signal of the terminal reaches them.
            ChildProcess.terminateAll()
            // The honest way out: whoever waits for this process sees the signal that ended it.
            signal(number, SIG_DFL)
            raise(number)
            _exit(128 + number)
        }
    }
}
