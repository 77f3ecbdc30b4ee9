import XCTest

@testable import VMHarness

/// What a second run of the playbook says that changes something.
final class SecondRunTests: XCTestCase {
    private func judge(
        _ changed: [String], _ control: SecondRun?, _ rule: Profile.Idempotence? = nil
    ) -> (complaints: [String], findings: [String]) {
        let (complaints, findings) = SecondRun.judge(changed, control: control, rule: rule, event: "the reboot")
        return (complaints.map(\.text), findings.map(\.text))
    }

    func testATaskThatAlwaysChangesIsNoLoss() {
        let told = judge(["Note the time", "Note the time"], SecondRun(changed: ["Note the time"]))
        XCTAssertEqual(told.complaints, [])
        XCTAssertEqual(told.findings, ["its playbook changes something at every run: Note the time"])
    }

    func testATaskThatHasToBeDoneAgainIsOne() {
        for control in [SecondRun(), SecondRun(changed: ["Note the time"]), SecondRun(failure: "x")] {
            let told = judge(["Fill /run", "Note the time"].filter { !control.changed.contains($0) }, control)
            XCTAssertEqual(told.complaints.first, "its playbook had to do this again: Fill /run")
        }
    }

    func testTheProfileDecidesWhereItSaysSo() {
        XCTAssertEqual(judge(["a"], nil, .reported).complaints, [])
        XCTAssertEqual(judge(["a"], nil, .reported).findings.count, 1)
        XCTAssertEqual(judge(["a"], nil, .required).complaints, ["its playbook changes something at every run: a"])
        XCTAssertEqual(judge([], nil, .required).complaints, [])
        let required = SecondRun.judge(["a"], control: nil, rule: .required, event: "the reboot").complaints
        XCTAssertEqual(
            Verdict.doesNotSurvive(required).sentence(about: "askari"),
            "askari survives the reboot, but its profile requires idempotence, and its playbook changes something at every "
                + "run: a")
    }

    func testAQuietRunSaysNothing() {
        XCTAssertTrue(SecondRun().isQuiet)
        XCTAssertFalse(SecondRun(changed: ["a"]).isQuiet)
        XCTAssertFalse(SecondRun(failure: "a").isQuiet)
        XCTAssertEqual(judge([], SecondRun()).findings, [])
        XCTAssertEqual(SecondRun(failure: "task 'x'").findings.map(\.kind), [.play])
    }
}
