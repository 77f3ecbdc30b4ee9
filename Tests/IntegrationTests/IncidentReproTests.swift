import VMHarness
import XCTest

/// The incident of 2026-06-17: the firewall's forward chain dropped what Docker forwards, and nobody saw it before the
/// next reboot. One method for each acceptance criterion.
final class IncidentReproTests: SubjectTestCase {
    /// Criterion 1: without the drop-in everything answers, and after the reboot nothing does, while the host looks fine.
    func testWithoutTheFixTheRebootKillsPublishedPortsAndContainerEgress() async throws {
        let subject = try await startSubject(.converged("without_fix"))
        let before = try await subject.observe("before the reboot")
        try before.requireHealthy(after: "the converge")

        _ = try await subject.machine.reboot()

        let after = try await subject.observe("after the reboot")
        let alive =
            subject.run.profile.published.count - after.deadOutside.count
            + subject.run.profile.egress.containers.count - after.withoutEgress.count
        XCTAssertEqual(
            alive, 0,
            """
            the harness is not faithful: without the fix the host has to be broken after the reboot, but it looks \
            healthy (\(after.summary))
            """)
        XCTAssertTrue(after.isGreen, "the breakage has to be invisible to systemd, but: \(after.complaints)")
        XCTAssertEqual(after.deadLocally, [], "the breakage has to be invisible on the host's own localhost")
        XCTAssertTrue(after.inside.hostEgress.ok, "the host itself has to reach out: \(after.inside.hostEgress.detail)")
        let blocking = ForwardChain.all(in: after.inside.ruleset).filter { !$0.acceptsPublishedPorts }
        XCTAssertEqual(blocking.map(\.table), ["inet filter"], "the ruleset has to show why")
        try await subject.machine.verifyNoUnaskedReboot(when: "at the end")
    }

    /// Criterion 2: with the drop-in the host survives the reboot, a second converge, a firewall reload and a restart
    /// of Docker.
    func testWithTheFixTheHostSurvivesTheReboot() async throws {
        let subject = try await startSubject(.converged("with_fix"))
        let before = try await subject.observe("before the reboot")
        try before.requireHealthy(after: "the converge")

        _ = try await subject.machine.reboot()

        let after = try await subject.observe("after the reboot")
        try after.requireHealthy(after: "the reboot")

        let scenario = try subject.run.profile.scenario("with_fix")
        let recap = try await subject.play().run("converge-again", variables: scenario)
        XCTAssertEqual(recap.changedTasks, [], "a second run on the rebooted host has to change nothing")

        try await subject.shell("systemctl reload nftables.service")
        let reloaded = try await subject.observe("after a firewall reload")
        try reloaded.requireHealthy(after: "a firewall reload")

        try await subject.shell("systemctl restart nftables.service")
        let restarted = try await subject.observe("after a firewall restart")
        try restarted.requireHealthy(after: "a firewall restart")

        try await subject.shell("systemctl restart docker.service")
        let docker = try await subject.observe("after a restart of Docker")
        try docker.requireHealthy(after: "a restart of Docker")
        try await subject.machine.verifyNoUnaskedReboot(when: "at the end")
    }
}
