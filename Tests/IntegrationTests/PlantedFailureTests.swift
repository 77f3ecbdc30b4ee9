import Foundation
import VMHarness
import XCTest

/// Ten ways to break a host that show only at its next reboot. The harness has to name the cause of each, soon after it
/// can be seen, and to have the journal, whatever still works in the guest.
final class PlantedFailureTests: SubjectTestCase {
    override var asks: TestReport.Question { .harness }

    func testAMountThatIsNotThere() async throws {
        try await expect(
            ["emergency mode", "data"], visible: "emergency mode|root account is locked",
            after: """
                echo 'UUID=0badcafe-0000-4000-8000-000000000000 /data ext4 defaults,x-systemd.device-timeout=20s 0 2' \
                    >> /etc/fstab
                """)
    }

    func testAMaskedSSHDaemon() async throws {
        try await expect(
            ["nobody can log in", "ssh.service is masked"], visible: " login:",
            after: "systemctl mask ssh.service ssh.socket")
    }

    func testAWrongConfigurationOfTheSSHDaemon() async throws {
        try await expect(
            ["nobody can log in", "NoSuchOption"], visible: " login:",
            after: "echo 'NoSuchOption yes' > /etc/ssh/sshd_config.d/planted.conf")
    }

    func testABrokenNetworkConfiguration() async throws {
        try await expect(
            ["nobody can log in", "no interface has the address"], visible: " login:",
            after: """
                printf '[Match]\\nName=en* eth*\\n[Network]\\nDHCP=no\\n' > /etc/systemd/network/00-planted.network
                """)
    }

    func testAFullDisk() async throws {
        try await expect(
            ["full"],
            after: """
                free=$(stat -f -c '%f * %S' /)
                fallocate -l $((free - (8 << 20))) /var/planted
                sync
                dd if=/dev/zero of=/var/planted2 bs=64k 2>/dev/null || true
                """)
    }

    func testAKernelPanic() async throws {
        try await expect(
            ["the kernel panicked"], visible: "Kernel panic",
            after: unit("echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger"))
    }

    func testADeadDockerDaemon() async throws {
        try await expect(["docker.service"], after: "echo '{ broken' > /etc/docker/daemon.json")
    }

    func testAFirewallThatDropsSSH() async throws {
        try await expect(
            ["nobody can log in", "chain inet planted input"], visible: " login:",
            after: """
                cat > /etc/nftables.conf <<'RULES'
                table inet planted {
                    chain input {
                        type filter hook input priority filter; policy drop;
                        iif lo accept
                        ct state established,related accept
                    }
                }
                RULES
                systemctl enable nftables.service
                """)
    }

    func testACloudInitThatFails() async throws {
        try await expect(
            ["cloud-init failed", "bootcmd"],
            after: "echo 'bootcmd: [[sh, -c, \"exit 7\"]]' > /etc/cloud/cloud.cfg.d/99-planted.cfg")
    }

    func testACrashLoop() async throws {
        try await expect(
            ["it reboots by itself"], visible: "Linux version(?s:.*)Linux version",
            after: unit("systemctl --force --force reboot"))
    }

    /// A unit that runs a command early in every boot.
    private func unit(_ command: String) -> String {
        """
        cat > /etc/systemd/system/planted.service <<'UNIT'
        [Unit]
        DefaultDependencies=no
        After=local-fs.target systemd-journal-flush.service
        [Service]
        Type=oneshot
        ExecStart=/bin/sh -c '\(command)'
        [Install]
        WantedBy=sysinit.target
        UNIT
        systemctl enable planted.service
        """
    }

    /// Plants a failure, reboots, and asserts what the harness says.
    ///
    /// - Parameters:
    ///   - words: what the verdict's one line has to hold.
    ///   - visible: pattern of the console's text from which on it can be known; without one it can't be seen there.
    private func expect(_ words: [String], visible: String? = nil, after script: String) async throws {
        try await withSubject(.booted) { subject in
            let before = try await subject.look("before the reboot")
            try await subject.shell(script)
            let console = ConsoleClock(subject.folder.appending(path: "console.log"), pattern: visible)

            let verdict: Verdict
            do {
                verdict = try await Survival.askReboot(subject, since: before)
            } catch let fault as EmulatorFault {
                console.stop()
                throw fault
            }
            let said = ContinuousClock.now
            console.stop()
            let line = verdict.sentence(about: subject.profile.subject)
            subject.session.log.say("verdict: \(line)")
            for word in words { XCTAssertTrue(line.contains(word), "'\(word)' is not in: \(line)") }
            XCTAssertEqual(verdict.word, .doesNotSurvive, line)
            if visible != nil {
                let seen = try XCTUnwrap(console.seen, "it was never seen on the console")
                subject.session.log.say("said \(said - seen) after it was visible")
                XCTAssertLessThan(said - seen, .seconds(60))
            }

            let start = ContinuousClock.now
            let gaps = await subject.collectEvidence()
            XCTAssertLessThan(
                ContinuousClock.now - start, subject.session.configuration.retention.evidenceBudget + .seconds(1))
            let journals = ["journal.txt", "journal-previous-boot.txt"].compactMap {
                try? Data(contentsOf: subject.folder.appending(path: "evidence/\($0)")).count
            }
            XCTAssertGreaterThan(journals.max() ?? 0, 2000, "no journal: \(gaps)")
        }
    }
}
