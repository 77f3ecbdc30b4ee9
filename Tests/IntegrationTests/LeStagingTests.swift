import Foundation
import VMHarness
import XCTest

/// Certificates from a real ACME authority that nobody trusts, with proof by DNS-01: issued, kept over a reboot, renewed.
final class LeStagingTests: SubjectTestCase {
    override var tiers: [CertTier] { [.leStaging] }

    private static let token = "/etc/dehydrated/gandi-token"

    func testACertificateIsIssuedOutlivesTheRebootAndIsRenewedWithoutARestart() async throws {
        try await withSubject(.converged("mesh")) { subject in
            let lab = try await subject.startAuthority()
            defer { lab.stop() }
            try await issue(lab, subject)
            let root = try await lab.root()
            let first = try await ask(subject, trusting: root, "after the first issue")
            try await checkFirst(lab, subject)

            // Without the tunnel: whoever needs the authority at a boot has none.
            let requests = (lab.requests.count, lab.acmeRequests)
            try await subject.reboot()
            let kept = try await ask(subject, trusting: root, "after the reboot")
            XCTAssertEqual(kept.serial, first.serial, "the reboot made a new certificate")
            XCTAssertEqual(lab.requests.count, requests.0, "the reboot asked the DNS: \(lab.requests.suffix(3))")
            XCTAssertEqual(lab.acmeRequests, requests.1, "the reboot asked the authority")

            try await renew(lab, subject)
            let renewed = try await ask(subject, trusting: root, "after the renewal")
            XCTAssertNotEqual(renewed.serial, first.serial, "the old certificate is still served")
            XCTAssertEqual(lab.issued, 2)
            XCTAssertNil(leftBehind(lab))
            try await requireFailuresAreSeen(lab, subject, serving: renewed.serial, trusting: root)
            try await checkTokenStays(subject)
        }
    }

    /// The checks above can fail: a renewal that can't reach the authority, and a record that nobody removes.
    private func requireFailuresAreSeen(
        _ lab: AcmeLab, _ subject: Subject, serving serial: String, trusting root: URL
    ) async throws {
        do {
            try await startRenewal(subject)
            XCTFail("a renewal without an authority passed")
        } catch let error as CommandError {
            XCTAssertTrue("\(error)".contains("renewing the certificate"), "\(error)")
        }
        let answer = try await ask(subject, trusting: root, "after a renewal that failed")
        XCTAssertEqual(answer.serial, serial, "a renewal that failed has to leave the certificate alone")
        XCTAssertEqual(lab.issued, 2)

        let hook = "/etc/dehydrated/gandi-hook"
        let edit = #"s/, "clean_challenge")/,)/"#
        try await subject.shell(
            "cp -p \(hook) \(hook).kept && sed -i '\(edit)' \(hook) && ! cmp -s \(hook) \(hook).kept")
        try await lab.visible(to: subject.machine) { try await startRenewal(subject) }
        XCTAssertEqual(lab.issued, 3)
        let complaint = try XCTUnwrap(leftBehind(lab), "a record that stays passes for removed")
        subject.run.log.say("seen, as it has to be: \(complaint)")
        try await subject.shell("mv \(hook).kept \(hook)")
    }

    private func issue(_ lab: AcmeLab, _ subject: Subject) async throws {
        try await subject.issueCertificate("le-staging", from: lab, tags: ["reverse_proxy"])
        let again = try await subject.issueCertificate("le-staging-again", from: lab, tags: ["reverse_proxy"])
        XCTAssertEqual(again.changedTasks, [], "a second run has to change nothing")
    }

    private func ask(_ subject: Subject, trusting root: URL, _ moment: String) async throws -> SecureAnswer {
        let answer = try await CertifiedSite(subject: subject).ask(moment, trusting: root)
        XCTAssertTrue(answer.issuer.contains("Pebble Intermediate"), "issuer \(moment): \(answer.issuer)")
        for name in CertifiedSite.names {
            XCTAssertTrue(answer.names.contains("DNS:\(name)"), "names \(moment): \(answer.names)")
        }
        return answer
    }

    private func checkFirst(_ lab: AcmeLab, _ subject: Subject) async throws {
        XCTAssertEqual(lab.issued, 1)
        XCTAssertNil(leftBehind(lab))
        XCTAssertTrue(
            lab.requests.contains("DNS TXT _acme-challenge.test.boma.example"), "the authority never asked the DNS")
        let timer = try await Coordinator(subject: subject).output("systemctl is-enabled dehydrated.timer")
        XCTAssertEqual(timer, "enabled", "nobody would renew")
        let files = try await Coordinator(subject: subject).output(
            "stat -c '%n %U:%G %a' \(CertifiedSite.folder)/key.pem \(CertifiedSite.folder)/chain.pem \(Self.token)")
        XCTAssertEqual(
            files,
            """
            \(CertifiedSite.folder)/key.pem root:caddy 640
            \(CertifiedSite.folder)/chain.pem root:caddy 640
            \(Self.token) root:root 600
            """)
        // A chain that any authority would pass proves nothing.
        let own = try await Coordinator(subject: subject).output("cat \(Coordinator.authority)")
        let file = subject.folder.appending(path: "another-authority.crt")
        try Data(own.utf8).write(to: file)
        let runner = try SystemCommandRunner(
            logs: subject.folder.appending(path: "another-authority"),
            environment: subject.run.configuration.toolEnvironment)
        do {
            _ = try await SecureAnswer.ask(
                CertifiedSite.name, path: "/", at: subject.machine.address, trusting: file, runner: runner, seconds: 20)
            XCTFail("a certificate from another authority was accepted")
        } catch let error as CommandError {
            XCTAssertTrue("\(error)".contains("certificate"), "\(error)")
        }
    }

    /// What is wrong with the record at the DNS; `nil` when the last word about it is that it was removed.
    private func leftBehind(_ lab: AcmeLab) -> String? {
        let last = lab.requests.last { $0.contains("/records/_acme-challenge.test/TXT") && !$0.contains(" GET ") }
        guard let last else { return "the DNS was never asked for a record" }
        return last.contains(" DELETE ") && last.hasSuffix(" 204") ? nil : "the record is left behind: \(last)"
    }

    /// The guest's clock goes on by half a month, which is when its own timer would renew.
    private func renew(_ lab: AcmeLab, _ subject: Subject) async throws {
        let coordinator = Coordinator(subject: subject)
        let process = "systemctl show --property MainPID --value caddy.service"
        let before = try await coordinator.output(process)
        try await subject.shell("systemctl stop systemd-timesyncd.service; date -s '+15 days' >/dev/null")
        try await lab.visible(to: subject.machine) { try await startRenewal(subject) }
        let after = try await coordinator.output(process)
        XCTAssertEqual(after, before, "Caddy was restarted")
    }

    private func startRenewal(_ subject: Subject) async throws {
        let machine = subject.machine
        try await machine.ssh.runAsRoot("systemctl start dehydrated.service", limit: machine.limit(seconds: 60))
            .requireSuccess("renewing the certificate", hint: "see journalctl -u dehydrated in the guest")
    }

    /// The token for the DNS is in its file and nowhere else: not in the guest's journal, nor in anything of this run.
    private func checkTokenStays(_ subject: Subject) async throws {
        let token = try await Coordinator(subject: subject).output("cat \(Self.token)", isPoll: true)
        XCTAssertGreaterThan(token.count, 20)
        let journal = try await Coordinator(subject: subject).output(
            "journalctl --no-pager | grep --count --fixed-strings --file \(Self.token) || true")
        XCTAssertEqual(journal, "0", "the token is in the journal")
        let place = subject.run.directory.url
        for case let path as String in FileManager.default.enumerator(atPath: place.path) ?? .init() {
            guard let data = FileManager.default.contents(atPath: place.appending(path: path).path) else { continue }
            XCTAssertNil(data.range(of: Data(token.utf8)), "the token is in \(path)")
        }
    }
}
