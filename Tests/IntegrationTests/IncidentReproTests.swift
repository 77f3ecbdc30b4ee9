import VMHarness
import XCTest

/// The incident of 2026-06-17: the firewall's forward chain dropped what Docker forwards, and nobody saw it before the
/// next reboot. One method for each acceptance criterion.
final class IncidentReproTests: SubjectTestCase {
    // The first criterion asks whether the harness sees the breakage: its pass says nothing good about the host.
    override var asks: TestReport.Question { name.contains("testWithoutTheFix") ? .harness : .survival }

    /// Criterion 1: without the drop-in everything answers, and after the reboot nothing does, while the host looks fine.
    func testWithoutTheFixTheRebootKillsPublishedPortsAndContainerEgress() async throws {
        try await withSubject(.converged("without_fix")) { subject in
            let before = try await subject.look("before the reboot", .required)
            try before.seen.requireHealthy(after: "the converge")

            let compared = try await Survival.reboot(subject, since: before)

            let after = compared.after.seen
            let alive =
                subject.profile.published.count - after.deadOutside.count
                + subject.profile.egress.containers.count - after.withoutEgress.count
            XCTAssertEqual(
                alive, 0,
                """
                the harness is not faithful: without the fix the host has to be broken after the reboot, but it looks \
                healthy (\(after.summary))
                """)
            XCTAssertTrue(
                after.isGreen,
                "the breakage has to be invisible to systemd, but: \(after.complaints(after: "the reboot"))")
            XCTAssertEqual(after.deadLocally, [], "the breakage has to be invisible on the host's own localhost")
            XCTAssertTrue(
                after.inside.hostEgress.ok, "the host itself has to reach out: \(after.inside.hostEgress.detail)")
            let blocking = ForwardChain.all(in: after.inside.ruleset).filter { !$0.acceptsPublishedPorts }
            XCTAssertEqual(blocking.map(\.table), ["inet filter"], "the ruleset has to show why")

            XCTAssertEqual(compared.verdict.word, .doesNotSurvive)
            let told = compared.difference.summary(limit: 10)
            for service in subject.profile.published {
                XCTAssertTrue(told.contains("tcp/\(service.port)"), "the difference has to name the port:\n\(told)")
            }
            XCTAssertTrue(told.contains("inet filter forward"), "the difference has to name the chain:\n\(told)")
            try await subject.machine.verifyNoUnaskedReboot(when: "at the end")
        }
    }

    /// Criterion 2: with the drop-in the host survives the reboot, a second converge, a firewall reload and a restart
    /// of Docker.
    func testWithTheFixTheHostSurvivesTheReboot() async throws {
        try await withSubject(.converged("with_fix")) { subject in
            let before = try await subject.look("before the reboot", .required)
            try before.seen.requireHealthy(after: "the converge")

            let compared = try await Survival.reboot(subject, since: before)

            if case .doesNotSurvive(let complaints) = compared.verdict { throw DidNotSurvive(complaints) }
            XCTAssertEqual(compared.verdict, .survives)
            XCTAssertEqual(compared.difference.unknown, [])

            let scenario = try subject.profile.scenario("with_fix")
            let recap = try await subject.play().run("converge-again", variables: scenario)
            XCTAssertEqual(recap.changedTasks, [], "a second run on the rebooted host has to change nothing")

            for command in [
                "systemctl reload nftables.service", "systemctl restart nftables.service",
                "systemctl restart docker.service",
            ] {
                try await subject.shell(command)
                let seen = try await subject.observe("after '\(command)'")
                try seen.requireHealthy(after: command)
            }
            try await subject.machine.verifyNoUnaskedReboot(when: "at the end")
        }
    }
}
