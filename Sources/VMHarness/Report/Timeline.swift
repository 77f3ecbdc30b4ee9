import Foundation
import Synchronization

/// Writes down what takes how long. Spans may lie within each other; any thread may add to it.
public final class Timeline: Sendable {
    /// A span that has begun.
    public struct Token: Sendable {
        fileprivate let index: Int
        fileprivate let step: Int?
    }

    private let base: Date
    private let origin = ContinuousClock.now
    private let state = Mutex<[TimelineSpan]>([])

    private let progress: LiveProgress?

    /// An empty timeline.
    ///
    /// - Parameter progress: shows what has begun and not ended.
    public init(started: Date = Date(), progress: LiveProgress? = nil) {
        base = started
        self.progress = progress
    }

    /// All spans, in the order in which they began to be known.
    public var spans: [TimelineSpan] { state.withLock { $0 } }

    // By the monotonic clock: a control host whose clock is set meanwhile must not make a reboot last an hour.
    private var now: Date { base + (ContinuousClock.now - origin).inSeconds }

    /// Begins a span; ``end(_:ok:detail:)`` ends it.
    public func begin(_ kind: TimelineSpan.Kind, _ name: String) -> Token {
        let step = progress?.begin(kind, name)
        return state.withLock { spans in
            spans.append(TimelineSpan(kind, name, start: now, end: nil))
            return Token(index: spans.count - 1, step: step)
        }
    }

    /// Ends a span; a second end of the same one is ignored.
    public func end(_ token: Token, ok: Bool = true, detail: String? = nil) {
        if let step = token.step { progress?.end(step) }
        state.withLock { spans in
            guard spans[token.index].end == nil else { return }
            spans[token.index].end = now
            spans[token.index].ok = ok
            spans[token.index].detail = detail
        }
    }

    /// Does something within a span; when it throws, the span has failed with the first line of the error.
    public func measure<Value>(
        _ kind: TimelineSpan.Kind, _ name: String, isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws -> Value
    ) async rethrows -> Value {
        let token = begin(kind, name)
        do {
            let value = try await work()
            end(token)
            return value
        } catch {
            let line = "\(error)".split(whereSeparator: \.isNewline).first ?? ""
            end(token, ok: false, detail: lineForPeople(line, limit: 300))
            throw error
        }
    }

    /// Adds spans that something else has timed, such as Ansible.
    public func add(_ spans: [TimelineSpan]) {
        state.withLock { $0 += spans }
    }
}
