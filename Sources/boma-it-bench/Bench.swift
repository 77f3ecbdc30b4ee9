import Foundation
import Synchronization
import VMHarness

/// One benchmark: its settings and what has been measured so far. Shared by all parts.
final class Bench: Sendable {
    let settings: BenchSettings
    let configuration: HarnessConfiguration
    private let state = Mutex(Report())

    init(settings: BenchSettings, configuration: HarnessConfiguration) {
        self.settings = settings
        self.configuration = configuration
    }

    /// What has been measured so far.
    var report: Report { state.withLock { $0 } }

    /// Changes the report.
    func note(_ change: (inout Report) -> Void) { state.withLock { change(&$0) } }

    /// Takes a sample and says so.
    func add(_ duration: Duration, to name: String) {
        note { $0.samples.add(duration.inSeconds, to: name) }
        say(String(format: "%@: %.3f s", name, duration.inSeconds))
    }

    /// Notes what a reader of the numbers has to know.
    func remark(_ text: String) {
        note { $0.notes.append(text) }
        say(text)
    }

    /// A line of progress, on standard error: standard output is the table's.
    func say(_ text: String) {
        FileHandle.standardError.write(Data("bench: \(text)\n".utf8))
    }

    /// Whether one of these parts is to be measured.
    func wants(_ parts: BenchPart...) -> Bool { !settings.parts.isDisjoint(with: parts) }

    /// Time that the work takes.
    static func time(_ work: () async throws -> Void) async throws -> Duration {
        let start = ContinuousClock.now
        try await work()
        return .now - start
    }

    /// Bytes on disk that files and folders take, by name.
    func measureSizes(_ items: [String: URL], runner: any CommandRunner) async throws {
        for (name, url) in items where FileManager.default.fileExists(atPath: url.path) {
            let answer = try await runner.run(
                Command("du", ["--summarize", "--block-size=1", "--", url.path])
            ).requireSuccess("reading the size of \(name)").output
            if let bytes = Int(answer.prefix { $0.isNumber }) { note { $0.sizes[name] = bytes } }
        }
    }
}
