import Foundation
import VMHarness
import XCTest

/// A guest that does its worst: everything that is read from it is bounded in time and size, and the harness goes on.
final class HostileGuestTests: SubjectTestCase {
    override var asks: TestReport.Question { .harness }

    func testNothingThatAGuestDoesHoldsTheHarnessUp() async throws {
        try await withSubject(.booted) { subject in
            let machine = subject.machine
            try await machine.finishIsolationProof()
            func timed(_ what: String, within seconds: Double, _ work: () async throws -> Void) async throws {
                let start = ContinuousClock.now
                try await work()
                let took = ContinuousClock.now - start
                subject.session.log.say("hostile: \(what): over after \(took.forPeople)")
                XCTAssertLessThan(took, .seconds(seconds), what)
            }

            try await timed("output without end", within: 180) {
                let answer = try await machine.ssh.runAsRoot("exec cat /dev/zero", limit: .seconds(170))
                guard case .tooMuchOutput = answer.ending else { return XCTFail("\(answer.ending)") }
            }
            try await timed("a command that hangs and ignores SIGTERM", within: 20) {
                let answer = try await machine.ssh.runAsRoot(
                    "trap '' TERM HUP; while :; do sleep 1; done", limit: .seconds(5))
                XCTAssertEqual(answer.ending, .timedOut(.seconds(5)))
            }
            try await timed("a console full of escapes and one endless line", within: 180) {
                try await machine.ssh.runAsRoot(
                    #"timeout 20 sh -c "printf '\033[2J\033]0;pwned\007'; tr '\0' x </dev/zero" > /dev/ttyS0; printf '\n\033[31mhostile-end\033[0m\n' > /dev/ttyS0"#,
                    limit: .seconds(120)
                ).requireSuccess("writing to the console")
                let folder = subject.folder
                let logs = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                    .filter { $0.hasPrefix("console.log") }
                let sizes = try logs.map {
                    try FileManager.default.attributesOfItem(atPath: folder.appending(path: $0).path)[.size] as? Int
                        ?? 0
                }
                subject.session.log.say("hostile: console files \(zip(logs, sizes).map { "\($0) \($1)" })")
                XCTAssertLessThan(sizes.reduce(0, +), 64 << 20, "the console must not fill the control host's disk")
                var longest = 0
                try await followLines(of: folder.appending(path: "console.log")) {
                    longest = max(longest, $0.utf8.count)
                } while: {
                    false
                }
                XCTAssertLessThan(longest, 70_000)
            }
            try await timed("a full disk", within: 300) {
                try await machine.ssh.runAsRoot(
                    "fallocate -l $(($(stat -f -c '%a * %S' /))) /filler || true; head -c 64M /dev/zero >> /filler || true; ! touch /var/tmp/x || ! echo hello > /var/tmp/x || df / >&2",
                    limit: .seconds(120)
                ).requireSuccess("filling the disk")
                try await machine.verifyNoUnaskedReboot(when: "with a full disk")
                try await machine.ssh.runAsRoot("rm -f /filler /var/tmp/x", limit: .seconds(60))
                    .requireSuccess("emptying the disk")
            }
            try await timed("a clock in 1970", within: 180) {
                try await machine.ssh.runAsRoot(
                    "systemctl stop systemd-timesyncd 2>/dev/null; date -s @86400", limit: .seconds(60)
                ).requireSuccess("setting the clock")
                let answer = try await machine.ssh.runAsRoot("date +%Y", limit: .seconds(60), isFresh: true)
                XCTAssertEqual(answer.output, "1970\n", "a login has to work with a wrong clock: \(answer.errorOutput)")
                try await machine.verifyNoUnaskedReboot(when: "in 1970")
                try await machine.ssh.runAsRoot(
                    "date -s @\(Int(Date().timeIntervalSince1970))", limit: .seconds(60)
                ).requireSuccess("setting the clock back")
            }
            try await timed("an sshd that accepts and says nothing", within: 60) {
                try await machine.ssh.runAsRoot("kill -STOP $(systemctl show -P MainPID ssh)", limit: .seconds(60))
                    .requireSuccess("stopping sshd")
                let answer = try await machine.ssh.runAsRoot("true", limit: .seconds(40), isFresh: true)
                XCTAssertEqual(answer.ending, .exited(255), "given up by itself: \(answer.errorOutput)")
            }
            try await collect("a guest whose sshd hangs", subject)
            let virsh = Virsh(runner: machine.ssh.runner, uri: subject.session.configuration.host.libvirtURI)
            try await virsh.run(["suspend", machine.domain]).requireSuccess("letting the guest hang")
            try await collect("a guest that does nothing at all", subject)
        }
    }

    /// Evidence, the journal included, within its budget.
    private func collect(_ what: String, _ subject: Subject) async throws {
        let folder = subject.folder.appending(path: "evidence")
        try? FileManager.default.removeItem(at: folder)
        let start = ContinuousClock.now
        let gaps = await subject.collectEvidence()
        let took = ContinuousClock.now - start
        subject.session.log.say(
            "hostile: evidence from \(what) after \(took.forPeople): \(gaps.joined(separator: "; "))")
        XCTAssertLessThan(took, subject.session.configuration.retention.evidenceBudget + .seconds(1), what)
        let journal = try Data(contentsOf: folder.appending(path: "journal.txt"))
        XCTAssertGreaterThan(journal.count, 2000, "\(what): \(gaps)")
    }

    /// QEMU dies as when the control host's kernel runs out of memory, while something waits for the guest.
    func testAMachineWhoseQEMUDiesIsToldAtOnce() async throws {
        try await withSubject(.booted) { subject in
            let machine = subject.machine
            try await machine.finishIsolationProof()
            let name = await machine.record.name
            let qemu = try XCTUnwrap(Self.qemu(of: name), "QEMU of \(name) has to be running")
            let start = ContinuousClock.now
            let wait = Task { try await machine.ssh.runAsRoot("sleep 600", limit: .seconds(600)) }
            try await Task.sleep(for: .seconds(3))
            guard kill(qemu, SIGKILL) == 0 else { throw XCTSkip("only root can kill QEMU") }
            do {
                _ = try await wait.value
                XCTFail("a command in a dead guest came to an end")
            } catch let trouble as HarnessTrouble {
                subject.session.log.say("told, as it has to be: \(trouble)")
                XCTAssertTrue(trouble.why.contains("is gone"), "\(trouble)")
            }
            XCTAssertLessThan(ContinuousClock.now - start, .seconds(20))
        }
    }

    private static func qemu(of domain: String) -> pid_t? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.first { pid in
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.first?.contains("qemu") == true && words.contains { $0.hasPrefix("guest=\(domain),") }
        }
    }
}
