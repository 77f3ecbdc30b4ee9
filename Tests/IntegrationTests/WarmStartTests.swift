import Foundation
import VMHarness
import XCTest

/// What comes out of a layer is the same host as one that was booted and converged from the golden image, and each
/// restored machine is a machine of its own.
final class WarmStartTests: SubjectTestCase {
    override var asks: TestReport.Question { .harness }

    func testARestoredHostIsTheSameAsOneMadeFromNothing() async throws {
        let run = try await startRun()
        var cold: StateSnapshot?
        try await withSubject(.cold) { subject in
            _ = try await subject.play().run("converge", variables: try run.profile.scenario("with_fix"))
            cold = try await subject.snapshot("made from nothing")
        }
        try await endSubject()
        try await withSubject(.converged("with_fix")) { subject in
            let warm = try await subject.snapshot("restored")
            let difference = StateDifference(
                from: try XCTUnwrap(cold), to: warm, since: "the cold start", omitting: [.hostKeys, .addresses])
            subject.tell(difference)
            XCTAssertEqual(difference.unknown, [])
            // It names the machine's own card, and so differs between any two machines.
            let changes = difference.changes.map(\.text).filter { !$0.contains("/etc/netplan/50-cloud-init.yaml") }
            XCTAssertEqual(changes, [], "a layer made another host")
        }
    }

    /// How many machines are restored (`BOMA_IT_WARM_ROUNDS`, 2 when not set). Each also proves its reboot.
    func testEachRestoredMachineIsAMachineOfItsOwnAndCanProveItsReboot() async throws {
        let run = try await startRun()
        let script = """
            cat /etc/machine-id
            cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub
            head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n'; echo
            date +%s
            """
        var seen: [[String]] = []
        for round in 1...run.configuration.layers.warmRounds {
            try await withSubject(.booted) { subject in
                let answer = try await subject.machine.ssh.runAsRoot(
                    script, limit: subject.machine.limit(.command), isFresh: true
                ).requireSuccess("asking the restored machine who it is")
                let lines = answer.output.split(separator: "\n").map(String.init)
                XCTAssertEqual(lines.count, 4, answer.output)
                let clock = Double(lines.last ?? "") ?? 0
                XCTAssertEqual(clock, Date().timeIntervalSince1970, accuracy: 10, "the clock stands where it was saved")
                for (index, other) in seen.enumerated() {
                    for part in 0..<3 where lines[part] == other[part] {
                        XCTFail("machines \(index + 1) and \(round) have in common: \(lines[part])")
                    }
                }
                seen.append(lines)
                do {
                    _ = try await subject.machine.reboot(order: "true", within: .seconds(10))
                    XCTFail("a restored machine passed for a rebooted one")
                } catch let refusal as RebootNotProven {
                    XCTAssertEqual(refusal, .neverWentDown)
                }
                try await subject.reboot()
            }
            try await endSubject()
        }
    }
}
