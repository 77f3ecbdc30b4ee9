import Foundation
import Synchronization

/// Notes when a pattern is first in what a console says from now on.
final class ConsoleClock: Sendable {
    private let found = Mutex<ContinuousClock.Instant?>(nil)
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// When it was first seen; `nil` when it was not.
    var seen: ContinuousClock.Instant? { found.withLock { $0 } }

    /// - Parameter pattern: a regular expression; nothing is looked for when `nil`.
    init(_ file: URL, pattern: String?) {
        guard let pattern else { return }
        let before = (try? Data(contentsOf: file).count) ?? 0
        let watch = Task { [self] in
            while !Task.isCancelled {
                let text = String(decoding: ((try? Data(contentsOf: file)) ?? Data()).dropFirst(before), as: UTF8.self)
                if text.range(of: pattern, options: .regularExpression) != nil {
                    return found.withLock { $0 = .now }
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
        task.withLock { $0 = watch }
    }

    /// Looks no more.
    func stop() {
        task.withLock { $0 }?.cancel()
    }
}
