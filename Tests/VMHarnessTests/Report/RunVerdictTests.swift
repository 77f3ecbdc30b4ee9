import Foundation
import XCTest

@testable import VMHarness

final class RunVerdictTests: XCTestCase {
    private func verdict(
        _ verdict: Verdict, asks: TestReport.Question = .survival, change: (inout RunReport) -> Void = { _ in }
    ) -> RunVerdict {
        var report = SampleReports.report(verdict, asks: asks)
        change(&report)
        return report.verdict
    }

    private func dead(_ text: String) -> Verdict {
        .doesNotSurvive([Complaint(.answer, "tcp/80", event: "the reboot", text: text)])
    }

    func testAPassedQuestionForSurvivalIsAnAnswer() {
        XCTAssertEqual(verdict(.survives).verdict, .survives)
        XCTAssertEqual(verdict(.survives).sentence, "askari survives")
        let told = verdict(.survives) { report in
            report.tests[0].findings = [
                Complaint(.idempotence, "motd", event: "x", text: "its playbook changes something at every run: motd")
            ]
        }
        XCTAssertEqual(told.sentence, "askari survives; its playbook changes something at every run: motd")
    }

    func testAFailureOfTheHostSaysWhatItDidNotSurviveAndWhy() {
        let verdict = verdict(SampleReports.complaint)
        XCTAssertEqual(verdict.verdict.word, .doesNotSurvive)
        XCTAssertEqual(
            verdict.sentence,
            """
            askari does not survive the reboot: dead from outside: web on port 8080: Connection timed out after 15001 \
            milliseconds; probably because: new since boot: chain inet filter forward (and 2 more)
            """)
    }

    func testTroubleOfTheHarnessIsNoVerdictAboutTheHost() {
        let verdict = verdict(.couldNotTell(Trouble(HarnessTrouble("memory", why: "none left", fix: "buy some"))))
        XCTAssertEqual(verdict.verdict.trouble?.blame, .harness)
        XCTAssertEqual(verdict.verdict.trouble?.fix, "buy some")
        XCTAssertEqual(verdict.sentence, "Could not tell whether askari survives: memory: none left")
    }

    func testAHarnessThatIsNotFaithfulCanNotTell() {
        let verdict = verdict(.survives) { report in
            var proof = report.tests[0]
            proof.asks = .harness
            proof.verdict = nil
            proof.outcome = .failed(.host, "the harness is not faithful")
            report.tests.append(proof)
        }
        XCTAssertEqual(verdict.verdict.word, .couldNotTell)
        XCTAssertTrue(verdict.sentence.hasSuffix("the harness is not faithful"), verdict.sentence)
    }

    func testAPassThatAskedForSomethingElseIsNoAnswer() {
        XCTAssertEqual(verdict(.survives, asks: .harness).verdict.trouble?.kind, .notAsked)
        XCTAssertEqual(
            verdict(.survives, asks: .harness).sentence,
            "Could not tell whether askari survives: no test asked for it")
        XCTAssertEqual(verdict(.survives) { $0.tests = [] }.verdict.trouble?.kind, .notAsked)
    }

    func testASkipIsNoAnswer() {
        let verdict = verdict(.survives) { report in
            report.tests[0].outcome = .skipped("libvirt is missing")
            report.tests[0].verdict = nil
        }
        XCTAssertEqual(verdict.verdict.word, .couldNotTell)
        XCTAssertTrue(verdict.sentence.hasSuffix("skipped: libvirt is missing"), verdict.sentence)
    }

    func testAnUnfinishedRunIsNoSuccessButMayBeAFailure() {
        XCTAssertEqual(verdict(.survives) { $0.finished = nil }.verdict.trouble?.kind, .unfinished)
        XCTAssertEqual(verdict(dead("dead")) { $0.finished = nil }.verdict.word, .doesNotSurvive)
    }

    func testTheSentenceIsOneShortLine() {
        let sentence = verdict(dead(String(repeating: "x\u{301}", count: 100_000) + "\nmore")).sentence
        XCTAssertLessThan(sentence.unicodeScalars.count, 600)
        XCTAssertFalse(sentence.contains("\n"))
        let hostile = verdict(dead("dead \u{202e}\u{1b}[2J")).sentence
        XCTAssertTrue(hostile.contains("dead \\u{202e}\\u{1b}[2J"), hostile)
        let error = verdict(.couldNotTell(Trouble(.error, "a\nb\u{1b}[2J"))).sentence
        XCTAssertTrue(error.hasSuffix("a b\\u{1b}[2J"), error)
    }

    func testAVerdictIsReadAsItWasWritten() throws {
        for one in [
            Verdict.survives, SampleReports.complaint, .couldNotTell(.interrupted),
            .couldNotTell(Trouble(.play, "x", blame: .playbook, detail: "y", fix: "z")),
        ] {
            let record = RunVerdict(one, about: "askari")
            XCTAssertEqual(try JSONDecoder().decode(RunVerdict.self, from: try JSONEncoder().encode(record)), record)
        }
        // What an older version wrote has less, and is no error.
        let old = #"{"word": "couldNotTell", "sentence": "x", "passed": 1, "failed": 0, "skipped": 0}"#
        XCTAssertEqual(try JSONDecoder().decode(RunVerdict.self, from: Data(old.utf8)).verdict.word, .couldNotTell)
    }
}
