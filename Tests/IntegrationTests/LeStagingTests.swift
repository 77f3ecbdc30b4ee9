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
            try checkRecordIsGone(lab)
            try await checkTokenStays(subject)
        }
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
        try checkRecordIsGone(lab)
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

    /// The last word about the record at the DNS is that it was removed.
    private func checkRecordIsGone(_ lab: AcmeLab) throws {
        let last = lab.requests.last { $0.contains("/records/_acme-challenge.test/TXT") && !$0.contains(" GET ") }
        let told = try XCTUnwrap(last, "the DNS was never asked for a record")
        XCTAssertTrue(told.contains(" DELETE ") && told.hasSuffix(" 204"), "the record is left behind: \(told)")
        XCTAssertTrue(
            lab.requests.contains("DNS TXT _acme-challenge.test.boma.example"), "the authority never asked the DNS")
    }

    /// The guest's clock goes on by half a month, which is when its own timer would renew.
    private func renew(_ lab: AcmeLab, _ subject: Subject) async throws {
        let coordinator = Coordinator(subject: subject)
        let process = "systemctl show --property MainPID --value caddy.service"
        let before = try await coordinator.output(process)
        try await lab.visible(to: subject.machine) {
            let machine = subject.machine
            try await machine.ssh.runAsRoot(
                "systemctl stop systemd-timesyncd.service; date -s '+15 days' >/dev/null; systemctl start dehydrated.service",
                limit: machine.limit(seconds: 60)
            ).requireSuccess("renewing the certificate", hint: "see journalctl -u dehydrated in the guest")
        }
        let after = try await coordinator.output(process)
        XCTAssertEqual(after, before, "Caddy was restarted")
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
