import Foundation
import VMHarness

/// What the environment says about a benchmark. The harness's own settings are in `HarnessConfiguration`.
struct BenchSettings: Sendable {
    /// Parts that are measured (`BENCH_ONLY`).
    let parts: Set<BenchPart>
    /// Repetitions of everything but the suite (`BENCH_REPEAT`, default 3).
    let repetitions: Int
    /// Repetitions of the suite (`BENCH_SUITE_REPEAT`, default 1).
    let suiteRepetitions: Int
    /// File that gets the results (`BENCH_JSON`).
    let json: URL?
    /// The whole environment, for processes that are the harness themselves.
    let environment: [String: String]

    /// - Throws: `HarnessTrouble` naming the variable that can't be used.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        self.environment = environment
        parts = try BenchPart.parse(environment["BENCH_ONLY"])
        repetitions = try Self.count("BENCH_REPEAT", in: environment, default: 3)
        suiteRepetitions = try Self.count("BENCH_SUITE_REPEAT", in: environment, default: 1)
        json = environment["BENCH_JSON"].flatMap { $0.isEmpty ? nil : URL(filePath: $0).absoluteURL }
    }

    private static func count(_ name: String, in environment: [String: String], default fallback: Int) throws -> Int {
        guard let text = environment[name], !text.isEmpty else { return fallback }
        guard let number = Int(text), number > 0 else {
            throw HarnessTrouble(
                "environment variable \(name)", why: "is '\(text)'", fix: "a whole number above 0, or unset it")
        }
        return number
    }
}
