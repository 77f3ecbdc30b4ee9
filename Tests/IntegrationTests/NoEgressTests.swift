import VMHarness
import XCTest

/// What becomes of the coordinator when containers lose the internet: it needs that at each of its starts, and only then.
final class NoEgressTests: SubjectTestCase {
    // Both ask whether the harness sees a breakage: their passes say nothing good about the host.
    override var asks: TestReport.Question { .harness }

    /// An error and no skip: whoever asks for a certificate from elsewhere has to know that it can't come.
    private func requireInternalTier() async throws {
        let asked = try await startRun().configuration.certificates.tier
        guard asked == .internal else {
            throw HarnessTrouble(
                "cert tier \(asked.rawValue)", why: "no authority can be reached without egress",
                fix: "run this test with BOMA_IT_CERTS=internal")
        }
    }

    /// Egress is lost while everything runs: nothing happens until the server starts once more. It comes back by itself.
    func testLostEgressTakesTheCoordinatorAtItsNextStartAndNothingElse() async throws {
        try await requireInternalTier()
        try await withSubject(.converged("mesh")) { subject in
            let coordinator = try await Coordinator.awake(subject)
            try await coordinator.requireServing("with egress")
            try await subject.withoutEgress {
                try await coordinator.requireServing("without egress, before the next start")
                try await subject.shell("docker restart \(Coordinator.server)")
                try await coordinator.requireLoop("without egress")
            }
            try await coordinator.requireServing("with egress again")
            _ = try await coordinator.healthyPeer("with egress again")
            let seen = try await subject.observe("with egress again")
            try seen.requireHealthy(after: "the loss of egress")
        }
    }

    /// The story of both incidents: the firewall without the fix takes the containers' egress at the reboot, and the
    /// coordinator loops. Nothing is to be seen of it before.
    func testWithoutTheFixTheCoordinatorLoopsAfterTheReboot() async throws {
        try await requireInternalTier()
        try await withSubject(.converged("mesh")) { subject in
            let coordinator = try await Coordinator.awake(subject)
            let variables = try subject.profile.scenario("mesh").merging(
                try subject.profile.scenario("without_fix")
            ) { $1 }
            _ = try await subject.play().run("without-fix", variables: variables, tags: ["docker_host"])
            try await coordinator.requireServing("before the reboot")

            try await subject.reboot()

            try await coordinator.requireLoop("after the reboot")
            let seen = try await subject.observe("after the reboot")
            XCTAssertTrue(
                seen.inside.hostEgress.ok, "the host itself has to reach out: \(seen.inside.hostEgress.detail)")
            XCTAssertNotEqual(seen.withoutEgress, [], "the containers have to be without egress")
        }
    }
}
