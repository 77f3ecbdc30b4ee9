import VMHarness
import XCTest

/// The image is a Debian like the host: what Debian starts when it is installed is started here, too.
final class InstalledServicesTests: SubjectTestCase {
    override var asks: TestReport.Question { .harness }

    func testServicesStartWhenTheirPackageIsInstalled() async throws {
        try await withSubject(.cold) { subject in
            let machine = subject.machine
            try await machine.finishIsolationProof()
            try await machine.ssh.runAsRoot(
                "export DEBIAN_FRONTEND=noninteractive; apt-get install -y -q --no-install-recommends cron docker.io",
                limit: machine.limit(.install)
            ).requireSuccess("installing both")
            let answer = try await machine.ssh.runAsRoot(
                "systemctl is-active cron.service docker.service; dpkg-divert --list '*start-stop-daemon*'; ls /usr/sbin/policy-rc.d 2>&1",
                limit: machine.limit(.command))
            XCTAssertEqual(
                answer.output, "active\nactive\nls: cannot access '/usr/sbin/policy-rc.d': No such file or directory\n")
        }
    }
}
