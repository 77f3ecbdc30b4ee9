import Foundation
import VMHarness
import XCTest

/// Which suites a cert tier brings is said three times, in three languages: by the suites, by `scripts/run-tests` and by the
/// Makefile. All have to say the same.
final class TierRulesTests: XCTestCase {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    /// The suites that declare tiers, with these.
    private func declared() throws -> [String: [CertTier]] {
        let folder = Self.root.appending(path: "Tests/IntegrationTests")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        var suites: [String: [CertTier]] = [:]
        for file in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            guard let found = text.firstMatch(of: /override var tiers: \[CertTier\] \{ \[([^\]]*)\] \}/),
                let name = text.firstMatch(of: /class (\w+): SubjectTestCase/)
            else { continue }
            suites[String(name.1)] = CertTier.allCases.filter { tier in
                found.1.split(separator: ",").contains { $0.trimmingCharacters(in: .whitespaces) == ".\(tier)" }
            }
        }
        return suites
    }

    func testRunTestsLeavesOutTheSuitesOfOtherTiers() async throws {
        let suites = try declared()
        XCTAssertGreaterThan(suites.count, 3)
        let script = try String(contentsOf: Self.root.appending(path: "scripts/run-tests"), encoding: .utf8)
        let rule = try XCTUnwrap(script.firstMatch(of: /(?s)\ncase \$\{BOMA_IT_CERTS.*?\nesac/)?.output)
        let tool = try Tool(self)
        for tier in CertTier.allCases {
            let pattern = try await tool.shell(
                "bash", "BOMA_IT_CERTS=\(tier.rawValue)\n\(rule)\necho \"$other_tiers\""
            ).requireSuccess("reading the rule").output.trimmingCharacters(in: .whitespacesAndNewlines)
            let leftOut = try Regex(pattern)
            for (suite, tiers) in suites {
                XCTAssertEqual(
                    "IntegrationTests.\(suite)/test".firstMatch(of: leftOut) != nil, !tiers.contains(tier),
                    "\(suite) with \(tier.rawValue)")
            }
            XCTAssertNil("IntegrationTests.IncidentReproTests/test".firstMatch(of: leftOut), tier.rawValue)
        }
    }

    func testMakeBringsATiersOwnSuites() async throws {
        try XCTSkipUnless(Tool.isThere("make"), "make is not installed")
        let tool = try Tool(self)
        for tier in CertTier.allCases {
            let filter = try await tool.runner.run(
                Command(
                    "make",
                    [
                        "--no-print-directory", "-f", Self.root.appending(path: "Makefile").path,
                        "--eval=show: ; @echo '$(FILTER)'", "show", "BOMA_IT_CERTS=\(tier.rawValue)",
                    ])
            ).requireSuccess("asking make").output.trimmingCharacters(in: .whitespacesAndNewlines)
            let chosen = filter.split(separator: "|").map(String.init)
            XCTAssertFalse(chosen.isEmpty)
            for (suite, tiers) in try declared() where tier != .internal || chosen.contains(suite) {
                XCTAssertEqual(chosen.contains(suite), tiers == [tier], "\(suite) with \(tier.rawValue): \(filter)")
            }
        }
    }
}
