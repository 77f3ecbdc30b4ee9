import Foundation
import Synchronization

/// Says what is going on while nothing else is said: the step, how long it has taken, how long it usually takes, and what
/// is being waited for.
///
/// On a terminal as a last line that is written over each second; else as a plain line every half minute of silence.
public final class LiveProgress: Sendable {
    private struct Step {
        let name: String
        let usual: Duration?
        let start: ContinuousClock.Instant
    }

    private struct State {
        var steps: [Int: Step] = [:]
        var next = 0
        var waiting: String?
        var usual = UsualDurations([])
        var ticker: Task<Void, Never>?
    }

    private let log: EventLog
    private let state = Mutex(State())

    /// Silence after which a plain line is due.
    static let patience = Duration.seconds(30)

    init(_ log: EventLog) {
        self.log = log
    }

    /// Says from now on how long steps usually take.
    func expect(_ usual: UsualDurations) { state.withLock { $0.usual = usual } }

    /// Notes the beginning of a step; the first one starts the clock.
    func begin(_ kind: TimelineSpan.Kind, _ name: String) -> Int {
        state.withLock { state in
            let step = Step(name: name, usual: state.usual.usual(kind, name), start: .now)
            state.next += 1
            state.steps[state.next] = step
            if state.ticker == nil { state.ticker = Task { await self.tick() } }
            return state.next
        }
    }

    /// Notes its end; the last one stops the clock.
    func end(_ number: Int) {
        let isLast = state.withLock { state in
            state.steps[number] = nil
            guard state.steps.isEmpty else { return false }
            state.ticker?.cancel()
            state.ticker = nil
            state.waiting = nil
            return true
        }
        if isLast { log.show(status: nil) }
    }

    /// Does work whose waits are told.
    public func watching<Value>(
        isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Value
    ) async rethrows -> Value {
        try await WaitObserver.$current.withValue(
            WaitObserver { [weak self] requirement, seen in
                self?.state.withLock { $0.waiting = seen.map { "waiting for \(requirement) (\($0))" } }
            }, operation: work)
    }

    /// The line; `nil` when nothing is going on.
    func line(at now: ContinuousClock.Instant = .now) -> String? {
        state.withLock { state in
            // Show the innermost step.
            guard let step = state.steps.max(by: { $0.key < $1.key })?.value else { return nil }
            let usual = step.usual.map { ", usually \($0.forPeople)" } ?? ""
            let waiting = state.waiting.map { "; \($0)" } ?? ""
            return lineForPeople("\(step.name): \((now - step.start).forPeople)\(usual)\(waiting)", limit: 200)
        }
    }

    private func tick() async {
        while true {
            do { try await pause(for: .seconds(1)) } catch { return }
            guard !Task.isCancelled, let line = line() else { continue }
            if log.isTerminal {
                log.show(status: line)
            } else if log.silence > Self.patience {
                log.say("… \(line)")
            }
        }
    }
}
