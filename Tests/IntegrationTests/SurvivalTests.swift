import VMHarness
import XCTest

/// What people run before a deploy, for any host: `scripts/survival HOST`, or `make test-integration HOST=HOST`.
final class SurvivalTests: SubjectTestCase {
    func testTheHostSurvivesItsPlaybookAndAReboot() async throws {
        try await withSubject(.booted) { subject in
            try await SurvivalProof(subject).run()
        }
    }
}
