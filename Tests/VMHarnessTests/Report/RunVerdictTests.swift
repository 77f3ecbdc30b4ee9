import Foundation
import XCTest

@testable import VMHarness

final class RunVerdictTests: XCTestCase {
    private func verdict(
        _ outcome: TestOutcome, asks: TestReport.Question = .survival, change: (inout RunReport) -> Void = { _ in }
    ) -> RunVerdict {
        var report = SampleReports.report(outcome, asks: asks)
        change(&report)
        return report.verdict
    }

    func testAPassedQuestionForSurvivalIsAnAnswer() {
        let verdict = verdict(.passed)
        XCTAssertEqual(verdict.word, .survives)
        XCTAssertEqual(verdict.sentence, "askari survives: 1 of 1 tests passed")
    }

    func testAFailureOfTheHostSaysWhatItDidNotSurviveAndWhy() {
        let verdict = verdict(.failed(.subject, SampleReports.complaint))
        XCTAssertEqual(verdict.word, .doesNotSurvive)
        XCTAssertEqual(
            verdict.sentence,
            """
            askari does not survive the reboot: dead from outside: web on port 8080: Connection timed out after 15001 \
            milliseconds (and 2 more)
            """)
    }

    func testTroubleOfTheHarnessIsNoVerdictAboutTheHost() {
        let verdict = verdict(.failed(.harness, "memory: none left; fix: buy some"))
        XCTAssertEqual(verdict.word, .couldNotTell)
        XCTAssertEqual(
            verdict.sentence, "Could not tell whether askari survives: memory: none left; fix: buy some")
    }

    func testAHarnessThatIsNotFaithfulCanNotTell() {
        let verdict = verdict(.passed) { report in
            var proof = report.tests[0]
            proof.asks = .harness
            proof.outcome = .failed(.subject, "the harness is not faithful")
            report.tests.append(proof)
        }
        XCTAssertEqual(verdict.word, .couldNotTell)
        XCTAssertTrue(verdict.sentence.hasSuffix("the harness is not faithful"), verdict.sentence)
    }

    func testAPassThatAskedForSomethingElseIsNoAnswer() {
        XCTAssertEqual(verdict(.passed, asks: .harness).word, .couldNotTell)
        XCTAssertEqual(
            verdict(.passed, asks: .harness).sentence,
            "Could not tell whether askari survives: no test asked for it")
        XCTAssertEqual(verdict(.passed) { $0.tests = [] }.word, .couldNotTell)
    }

    func testASkipIsNoAnswer() {
        let verdict = verdict(.skipped("libvirt is missing"))
        XCTAssertEqual(verdict.word, .couldNotTell)
        XCTAssertTrue(verdict.sentence.hasSuffix("skipped, because libvirt is missing"), verdict.sentence)
    }

    func testAnUnfinishedRunIsNoSuccessButMayBeAFailure() {
        XCTAssertEqual(verdict(.passed) { $0.finished = nil }.word, .couldNotTell)
        XCTAssertEqual(verdict(.failed(.subject, "dead")) { $0.finished = nil }.word, .doesNotSurvive)
    }

    func testTheSentenceIsOneShortLine() {
        let sentence = verdict(.failed(.subject, String(repeating: "x\u{301}", count: 100_000) + "\nmore")).sentence
        XCTAssertLessThan(sentence.unicodeScalars.count, 400)
        XCTAssertFalse(sentence.contains("\n"))
        let hostile = verdict(.failed(.subject, "dead \u{202e}\u{1b}[2J")).sentence
        XCTAssertTrue(hostile.contains("dead \\u{202e}\\u{1b}[2J"), hostile)
    }

    func testXCTestsOwnWordsAreLeftOut() {
        let error = "\(DidNotSurvive(what: "the reboot", complaints: ["web is dead"]))"
        let cases = [("threw error \"\(error)\"", error), ("failed - too bad", "too bad"), (error, error), ("", "")]
        for (description, text) in cases {
            XCTAssertEqual(TestOutcome.failure(description, playHasRun: true), .failed(.subject, text))
        }
        XCTAssertEqual(
            verdict(.failure("threw error \"\(error)\"", playHasRun: true)).sentence,
            "askari does not survive the reboot: web is dead")
    }

    func testTheFirstLineOfAFailureSaysWhomItIsAbout() {
        let trouble = "\(HarnessTrouble("memory", why: "none left", fix: "buy some"))"
        let image = "\(ImageError(file: URL(filePath: "/i"), problem: "is corrupt", fix: "remove it"))"
        let dead = "\(DidNotSurvive(what: "the reboot", complaints: ["web says; fix: nothing"]))"
        func tool(_ name: String) -> String {
            let result = CommandResult(
                command: Command(name, []), ending: .exited(1), duration: .zero, output: "", errorOutput: "", log: nil)
            return "\(CommandError(purpose: "doing it", result: result, hint: nil))"
        }
        let cases: [(String, FailureCause)] = [
            (trouble, .harness), ("threw error \"\(trouble)\"", .harness), (image, .harness), (dead, .subject),
            (tool("virsh"), .harness), (tool("ssh"), .subject), (tool("ansible-playbook"), .subject),
            ("XCTAssertEqual failed: (\"1\") is not equal to (\"0\")", .subject),
        ]
        for (text, cause) in cases {
            XCTAssertEqual(FailureCause(failure: text, playHasRun: true), cause, text)
            XCTAssertEqual(FailureCause(failure: text, playHasRun: false), .harness, text)
        }
    }
}
