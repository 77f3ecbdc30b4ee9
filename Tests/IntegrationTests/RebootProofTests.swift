import VMHarness
import XCTest

/// The proof of a reboot on a real machine: what is not exactly one ordered reboot is refused.
final class RebootProofTests: SubjectTestCase {
    override var asks: TestReport.Question { .harness }

    func testWhatIsNotAnOrderedRebootIsRefused() async throws {
        try await withSubject(.booted) { subject in
            let machine = subject.machine

            do {
                _ = try await machine.reboot(order: "systemctl restart ssh.service", within: .seconds(20))
                XCTFail("a restart of sshd passed for a reboot")
            } catch let refusal as RebootNotProven {
                subject.session.log.say("refused, as it has to be: \(refusal)")
                let before = try await machine.verifyNoUnaskedReboot(when: "after the restart of sshd").current
                XCTAssertTrue([.neverWentDown, .sameBoot(before)].contains(refusal), "\(refusal)")
            }

            try await subject.shell("systemctl reboot")
            // Until the guest is back its boots can't be read; from then on the reboot has to be seen.
            let seen = try await Wait(
                for: "the unasked reboot to be noticed", limit: machine.limit(.login), hint: "see console.log"
            ).until {
                do {
                    try await machine.verifyNoUnaskedReboot(when: "in the test")
                    return WaitStep<RebootNotProven>.notYet("still the old boot")
                } catch let refusal as RebootNotProven {
                    return .done(refusal)
                } catch is CommandError {
                    return .notYet("no answer")
                }
            }
            guard case .unasked = seen else { return XCTFail("\(seen)") }
            subject.session.log.say("noticed, as it has to be: \(seen)")
        }
    }
}
