import VMHarness
import XCTest

/// All of askari in one machine: Docker, Caddy with its own authority, the mesh's coordinator and a peer of it.
final class AskariProfileTests: SubjectTestCase {
    override var tiers: [CertTier] { [.internal] }

    func testTheWholeHostSurvivesTheReboot() async throws {
        try await withSubject(.converged("mesh")) { subject in
            let coordinator = try await Coordinator.awake(subject)
            let before = try await coordinator.requireServing("before the reboot")
            let seen = try await subject.observe("before the reboot")
            try seen.requireHealthy(after: "the converge")

            try await subject.reboot()

            let after = try await coordinator.requireServing("after the reboot")
            XCTAssertEqual(after.issuer, before.issuer, "the reboot changed who issues certificates")
            XCTAssertEqual(after.serial, before.serial, "the reboot made a new certificate")
            let again = try await subject.observe("after the reboot")
            try again.requireHealthy(after: "the reboot")

            let scenario = try subject.profile.scenario("mesh")
            let recap = try await subject.play().run("converge-again", variables: scenario)
            XCTAssertEqual(recap.changedTasks, [], "a second run on the rebooted host has to change nothing")
        }
    }
}
