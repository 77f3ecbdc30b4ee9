import VMHarness
import XCTest

/// The question of `boma-it survive`, asked as a test: for whoever runs a suite anyway.
final class SurvivalTests: XCTestCase {
    func testTheHostSurvivesItsPlaybookAndAReboot() async throws {
        Interruption.shared.endWithParent()
        let configuration = try HarnessConfiguration(packageRoot: SubjectTestCase.packageRoot)
        let question = Survival.Question(scenario: ProcessInfo.processInfo.environment["TEST_SCENARIO"])
        let answer = await Survival.ask(configuration, question)
        if let trouble = answer.verdict.verdict.trouble, trouble.kind == .prerequisite,
            !configuration.requiresPrerequisites
        {
            throw XCTSkip(trouble.what)
        }
        XCTAssertEqual(answer.verdict.verdict.word, .survives, answer.verdict.sentence)
        if Interruption.shared.isEnding { Interruption.shared.letEndingFinish() }
    }
}
