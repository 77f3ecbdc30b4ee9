import Foundation
import Synchronization

/// Notes when a pattern is first in what a console says from now on.
final class ConsoleClock: Sendable {
    private let file: URL
    private let pattern: String?
    private let before: Int
    private let found = Mutex<ContinuousClock.Instant?>(nil)
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// When it was first seen; `nil` when it was not.
    var seen: ContinuousClock.Instant? { found.withLock { $0 } }

    /// - Parameter pattern: a regular expression; nothing is looked for when `nil`.
    init(_ file: URL, pattern: String?) {
        self.file = file
        self.pattern = pattern
        before = (try? Data(contentsOf: file).count) ?? 0
        guard pattern != nil else { return }
        let watch = Task { [self] in
            while !Task.isCancelled {
                if look() { return }
                try? await Task.sleep(for: .seconds(1))
            }
        }
        task.withLock { $0 = watch }
    }

    private func look() -> Bool {
        guard let pattern else { return false }
        let text = String(decoding: ((try? Data(contentsOf: file)) ?? Data()).dropFirst(before), as: UTF8.self)
        guard text.range(of: pattern, options: .regularExpression) != nil else { return false }
        found.withLock { $0 = $0 ?? .now }
        return true
    }

    /// Looks once more, and then no more.
    func stop() {
        task.withLock { $0 }?.cancel()
        _ = look()
    }
}
