import Foundation
import VMHarness

/// The acceptance tests as a whole: without layers, with the packages' layer, and restored from memory. The tests run in
/// a process of their own and take the host lock, so no run may be open here.
struct SuitePart {
    let bench: Bench
    static let tests = "IntegrationTests.IncidentReproTests"

    /// How the tests are run.
    enum Kind: String, CaseIterable {
        case cold
        case layered
        case warm

        /// Settings that make it so.
        var environment: [String: String] {
            [
                "BOMA_IT_LAYERS": self == .cold ? "off" : "on", "BOMA_IT_WARM": self == .warm ? "on" : "off",
                "BOMA_IT_REQUIRE": "1",
            ]
        }
    }

    func measure() async throws {
        for round in 1...bench.settings.suiteRepetitions {
            for kind in Kind.allCases {
                bench.say("the suite, \(kind), round \(round) of \(bench.settings.suiteRepetitions)")
                var result = try await run(kind)
                if Self.madeLayers(result) {
                    bench.remark(
                        "suite_\(kind): one run of \(result.duration.forPeople) doesn't count, it made layers")
                    result = try await run(kind)
                    if Self.madeLayers(result) { bench.remark("suite_\(kind): the counted run made layers, too") }
                }
                for line in result.errorOutput.split(separator: "\n") where line.contains("warm start:") {
                    bench.remark("suite_\(kind): \(line)")
                }
                bench.add(result.duration, to: "suite_\(kind)")
            }
        }
    }

    static func madeLayers(_ result: CommandResult) -> Bool {
        result.errorOutput.contains(/layer '[^']*': making it/)
    }

    /// Runs the tests once, and requires that they ran and passed.
    private func run(_ kind: Kind) async throws -> CommandResult {
        let logs = FileManager.default.temporaryDirectory.appending(path: "boma-it-bench-\(UUID().uuidString)")
        let runner = try SystemCommandRunner(
            logs: logs, environment: bench.settings.environment.merging(kind.environment) { $1 },
            show: { FileHandle.standardError.write(Data("  \($0)\n".utf8)) })
        // The test program itself, which is what `swift test` runs: it gets our signals and removes its machine.
        let program = try BuildFolder.url().appending(path: "boma-itPackageTests.xctest")
        let result = try await runner.run(
            Command(program.path, [Self.tests], limit: .seconds(7200), isShownLive: true))
        try result.requireSuccess("running the suite (\(kind))", hint: "see \(logs.path)")
        guard (result.output + result.errorOutput).contains(/Executed [1-9][0-9]* tests?/) else {
            throw HarnessTrouble("the suite", why: "no test ran", fix: "see \(logs.path)")
        }
        runner.removeLogs()
        return result
    }
}
