import Foundation
import XCTest

@testable import VMHarness

/// Which verdict comes of which error, and whose each error is. No text decides anything.
final class ErrorVerdictTests: XCTestCase {
    private let id = UUID()

    private func failedPlay(_ message: String? = "No package matching 'auditd' is available") -> PlayFailed {
        let result = CommandResult(
            command: Command("ansible-playbook", []), ending: .exited(2), duration: .zero, output: "PLAY [all]",
            errorOutput: "", log: URL(filePath: "/runs/x/0007-ansible-playbook.out"))
        let task = FailedTask(name: "base : install", message: message, place: "roles/base/tasks/main.yml:12")
        return PlayFailed(playbook: "site.yml", name: "converge", tasks: [task], result: result)
    }

    /// What the guest itself shows counts against it after the reboot, and before it nothing does.
    func testEvidenceOfTheGuestCountsAfterTheRebootOnly() {
        for (error, kind, part) in [
            (GuestIsHopeless(what: "the kernel panicked", line: "x"), .boot, "the kernel panicked"),
            (NobodyCanLogIn(causes: ["ssh.service is masked"], lastSeen: "refused"), .login, "ssh.service is masked"),
            (CloudInitFailed(status: "errors:\n- bootcmd failed"), .boot, "bootcmd failed"),
            (RebootNotProven.otherBoots(count: 3), .boot, "rebooted by itself: 3 new boots"),
            (RebootNotProven.unasked(before: id, after: id, when: "at the end"), .boot, "by itself at the end"),
        ] as [(any Error, Complaint.Kind, String)] {
            XCTAssertEqual(Blame(of: error), .host, "\(error)")
            let verdict = Verdict(afterReboot: error, event: "the reboot")
            XCTAssertEqual(verdict.complaints.map(\.kind), [kind], "\(error)")
            XCTAssertTrue(verdict.sentence(about: "askari").contains(part), verdict.sentence(about: "askari"))
            XCTAssertEqual(verdict.exitStatus, 3)
            XCTAssertEqual(Verdict(beforeReboot: error).exitStatus, 4, "\(error)")
        }
    }

    /// A deadline of ours, a tool that fails and whatever says nothing of itself: nobody knows.
    func testOursIsNeverTheHosts() {
        struct Unheard: Error {}
        let result = CommandResult(
            command: Command("ssh", ["askari"]), ending: .exited(255), duration: .zero, output: "",
            errorOutput: "the host did not survive: nobody can log in any more", log: nil)
        for error in [
            WaitError(requirement: "a login", elapsed: .seconds(600), lastSeen: "refused", hint: "look"),
            NotSettled(after: .seconds(600), jobs: ["12 slow.service start running"], log: nil),
            CommandError(purpose: "waiting for cloud-init and systemd", result: result, hint: nil),
            HarnessTrouble("memory", why: "the host did not survive the reboot", fix: "buy some"),
            RebootNotProven.neverWentDown, RebootNotProven.sameBoot(id), RebootNotProven.otherBoots(count: 0),
            MissingToolError(tool: "virsh"), EmulatorFault(line: "x"), Unheard(),
        ] as [any Error] {
            XCTAssertEqual(Blame(of: error), .harness, "\(error)")
            for verdict in [Verdict(beforeReboot: error), Verdict(afterReboot: error, event: "the reboot")] {
                XCTAssertEqual(verdict.word, .couldNotTell, "\(error)")
                XCTAssertEqual(verdict.trouble?.blame, .harness, "\(error)")
                XCTAssertEqual(verdict.exitStatus, 4)
            }
        }
    }

    /// A play that fails is the playbook's before the reboot, and the reboot's afterwards. What Ansible said comes first.
    func testAFailedPlayIsThePlaybooksUntilTheReboot() throws {
        let before = Verdict(beforeReboot: failedPlay())
        XCTAssertEqual(before.trouble?.kind, .play)
        XCTAssertEqual(before.trouble?.blame, .playbook)
        XCTAssertEqual(
            before.sentence(about: "askari"),
            "Could not tell whether askari survives: its playbook site.yml failed in task 'base : install' "
                + "(roles/base/tasks/main.yml:12): No package matching 'auditd' is available")
        let after = Verdict(afterReboot: failedPlay(), event: "the reboot")
        XCTAssertEqual(after.complaints.map(\.kind), [.play])
        XCTAssertEqual(after.exitStatus, 3)
        for verdict in [before, after] {
            XCTAssertEqual(verdict.log, "/runs/x/0007-ansible-playbook.out")
            XCTAssertEqual(verdict.runbook, .playFails)
        }
    }

    func testAHostThatItsPlaybookBreaksDoesNotSurviveIt() {
        let complaint = Complaint(.answer, "tcp/80", event: "its playbook", text: "dead from outside: web")
        XCTAssertEqual(Verdict(beforeReboot: DidNotSurvive([complaint])), .doesNotSurvive([complaint]))
        XCTAssertEqual(
            Verdict.doesNotSurvive([complaint]).sentence(about: "a"),
            "a does not survive its playbook: dead from outside: web")
    }

    func testAnInterruptionIsNeverAVerdict() {
        for verdict in [
            Verdict(beforeReboot: CancellationError()), Verdict(afterReboot: CancellationError(), event: "the reboot"),
        ] {
            XCTAssertEqual(verdict, .couldNotTell(.interrupted))
            XCTAssertEqual(verdict.exitStatus, 130)
        }
    }
}
