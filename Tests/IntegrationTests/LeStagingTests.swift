import Foundation
import VMHarness
import XCTest

/// Certificates from a real ACME authority that nobody trusts, with proof by DNS-01: issued, kept over a reboot, renewed. By
/// Let's Encrypt's staging where that can be, else by Pebble (``CertificateAuthority``), which counts what it is asked.
final class LeStagingTests: SubjectTestCase {
    override var tiers: [CertTier] { [.leStaging] }

    private static let token = "/etc/dehydrated/gandi-token"
    private static let hook = "/etc/dehydrated/gandi-hook"

    func testACertificateIsIssuedOutlivesTheRebootAndIsRenewedWithoutARestart() async throws {
        try await withSubject(.converged("mesh")) { subject in
            let authority = try await subject.startAuthority()
            defer { authority.stop() }
            try await issue(authority, subject)
            let root = try await subject.roots(of: authority)
            let first = try await ask(subject, authority, trusting: root, "after the first issue")
            try await checkFirst(authority, subject)

            // The lab without its tunnel: whoever needs the authority at a boot has none.
            let asked = authority.lab.map { ($0.requests.count, $0.acmeRequests) }
            try await subject.reboot()
            let kept = try await ask(subject, authority, trusting: root, "after the reboot")
            XCTAssertEqual(kept.serial, first.serial, "the reboot made a new certificate")
            if let lab = authority.lab, let asked {
                XCTAssertEqual(lab.requests.count, asked.0, "the reboot asked the DNS: \(lab.requests.suffix(3))")
                XCTAssertEqual(lab.acmeRequests, asked.1, "the reboot asked the authority")
            }

            try await renew(authority, subject)
            let renewed = try await ask(subject, authority, trusting: root, "after the renewal")
            XCTAssertNotEqual(renewed.serial, first.serial, "the old certificate is still served")
            try await requireIssued(2, authority, subject)
            try await requireFailuresAreSeen(authority, subject, serving: renewed.serial, trusting: root)
            try await checkTokenStays(subject)
        }
    }

    /// The checks above can fail: a renewal that can't reach the authority, and a record that nobody removes.
    private func requireFailuresAreSeen(
        _ authority: CertificateAuthority, _ subject: Subject, serving serial: String, trusting root: URL
    ) async throws {
        do {
            // Without the tunnel, or without the internet.
            if authority.lab == nil {
                try await subject.withoutEgress { try await startRenewal(subject) }
            } else {
                try await startRenewal(subject)
            }
            XCTFail("a renewal without an authority passed")
        } catch let error as CommandError {
            XCTAssertTrue("\(error)".contains("renewing the certificate"), "\(error)")
        }
        let answer = try await ask(subject, authority, trusting: root, "after a renewal that failed")
        XCTAssertEqual(answer.serial, serial, "a renewal that failed has to leave the certificate alone")

        let edit = #"s/, "clean_challenge")/,)/"#
        try await subject.shell(
            "cp -p \(Self.hook) \(Self.hook).kept && sed -i '\(edit)' \(Self.hook) && ! cmp -s \(Self.hook) \(Self.hook).kept"
        )
        try await authority.visible(to: subject.machine) { try await startRenewal(subject) }
        let complaint = try await leftBehind(authority, subject)
        try await subject.shell("mv \(Self.hook).kept \(Self.hook)")
        // The zone may be a real one.
        let removed = try await record(authority, subject, "DELETE")
        XCTAssertEqual(removed, "204")
        try await requireIssued(3, authority, subject)
        let seen = try XCTUnwrap(complaint, "a record that stays passes for removed")
        subject.session.log.say("seen, as it has to be: \(seen)")
    }

    private func issue(_ authority: CertificateAuthority, _ subject: Subject) async throws {
        try await subject.issueCertificate("le-staging", from: authority, tags: ["reverse_proxy"])
        let again = try await subject.issueCertificate("le-staging-again", from: authority, tags: ["reverse_proxy"])
        XCTAssertEqual(again.changedTasks, [], "a second run has to change nothing")
    }

    private func ask(
        _ subject: Subject, _ authority: CertificateAuthority, trusting root: URL, _ moment: String
    ) async throws -> SecureAnswer {
        let site = try CertifiedSite(subject)
        let answer = try await site.ask(moment, trusting: root)
        if let issuer = authority.issuer {
            XCTAssertTrue(answer.issuer.contains(issuer), "issuer \(moment): \(answer.issuer)")
        }
        for name in site.certificates.names {
            XCTAssertTrue(answer.names.contains("DNS:\(name)"), "names \(moment): \(answer.names)")
        }
        return answer
    }

    private func checkFirst(_ authority: CertificateAuthority, _ subject: Subject) async throws {
        let site = try CertifiedSite(subject)
        try await requireIssued(1, authority, subject)
        if let lab = authority.lab {
            let question = "DNS TXT \(site.challenge).\(site.certificates.zone)"
            XCTAssertTrue(lab.requests.contains(question), "the authority never asked the DNS")
        }
        let timer = try await Coordinator(subject: subject).output("systemctl is-enabled dehydrated.timer")
        XCTAssertEqual(timer, "enabled", "nobody would renew")
        let files = try await site.files()
        XCTAssertEqual(files, site.filesOfCaddy)
        let token = try await Coordinator(subject: subject).output("stat -c '%U:%G %a' \(Self.token)")
        XCTAssertEqual(token, "root:root 600")
        // A chain that any authority would pass proves nothing.
        let own = try await Coordinator(subject: subject).output("cat \(Coordinator.authority)")
        let file = subject.folder.appending(path: "another-authority.crt")
        try Data(own.utf8).write(to: file)
        let runner = try SystemCommandRunner(
            logs: subject.folder.appending(path: "another-authority"),
            environment: subject.session.configuration.toolEnvironment)
        do {
            _ = try await SecureAnswer.ask(
                site.certificates.site, path: "/", at: subject.machine.address, trusting: file, runner: runner,
                seconds: 20)
            XCTFail("a certificate from another authority was accepted")
        } catch let error as CommandError {
            XCTAssertTrue("\(error)".contains("certificate"), "\(error)")
        }
    }

    /// So many were issued, as far as that is counted, and the zone is as it was before.
    private func requireIssued(_ number: Int, _ authority: CertificateAuthority, _ subject: Subject) async throws {
        if let lab = authority.lab { XCTAssertEqual(lab.issued, number) }
        let complaint = try await leftBehind(authority, subject)
        XCTAssertNil(complaint)
    }

    /// What is wrong with the record at the DNS; `nil` when it is gone.
    private func leftBehind(_ authority: CertificateAuthority, _ subject: Subject) async throws -> String? {
        switch try await record(authority, subject, "GET") {
        case "404": return nil
        case "200": return "the record \(try CertifiedSite(subject).challenge) is left behind"
        case let status: throw HarnessTrouble("the DNS", why: "answers \(status)", fix: "see the DNS's API")
        }
    }

    /// The status with which the DNS's API answers about the record of the proof. It is asked by the guest, with the guest's
    /// own token, which stays where it is.
    private func record(_ authority: CertificateAuthority, _ subject: Subject, _ method: String) async throws -> String
    {
        let site = try CertifiedSite(subject)
        let script = """
            python3 - \(method) domains/\(site.certificates.zone)/records/\(site.challenge)/TXT <<'END'
            import json, re, sys, urllib.error, urllib.request
            with open("\(Self.hook)") as file:
                api = json.loads(re.search('^API = (.*)$', file.read(), re.M)[1])
            with open("\(Self.token)") as file:
                headers = {"Authorization": "Bearer " + file.read().strip()}
            request = urllib.request.Request(f"{api}/{sys.argv[2]}", headers=headers, method=sys.argv[1])
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    print(answer.status)
            except urllib.error.HTTPError as error:
                print(error.code)
            END
            """
        return try await authority.visible(to: subject.machine) {
            try await Coordinator(subject: subject).output(script)
        }
    }

    /// The lab: the guest's clock goes on by half a month, which is when its own timer would renew. Elsewhere the directory's
    /// own certificate might not be valid then: a certificate counts as due a year before its end.
    private func renew(_ authority: CertificateAuthority, _ subject: Subject) async throws {
        let coordinator = Coordinator(subject: subject)
        let process = "systemctl show --property MainPID --value caddy.service"
        let before = try await coordinator.output(process)
        if authority.lab != nil {
            try await subject.shell("systemctl stop systemd-timesyncd.service; date -s '+15 days' >/dev/null")
        } else {
            try await subject.shell("echo RENEW_DAYS=365 >/etc/dehydrated/conf.d/zz-due.sh")
        }
        try await authority.visible(to: subject.machine) { try await startRenewal(subject) }
        let after = try await coordinator.output(process)
        XCTAssertEqual(after, before, "Caddy was restarted")
    }

    /// Two names that are proven one after the other, each after the time that the DNS is given.
    private func startRenewal(_ subject: Subject) async throws {
        let machine = subject.machine
        try await machine.ssh.runAsRoot(
            "systemctl start dehydrated.service", limit: machine.limit(.login)
        ).requireSuccess("renewing the certificate", hint: "see journalctl -u dehydrated in the machine")
    }

    /// The token for the DNS is in its file and nowhere else: not in the guest's journal, nor in anything of this run.
    private func checkTokenStays(_ subject: Subject) async throws {
        let token = try await Coordinator(subject: subject).output("cat \(Self.token)", isPoll: true)
        XCTAssertGreaterThan(token.count, 20)
        let journal = try await Coordinator(subject: subject).output(
            "journalctl --no-pager | grep --count --fixed-strings --file \(Self.token) || true")
        XCTAssertEqual(journal, "0", "the token is in the journal")
        let place = subject.session.directory.url
        for case let path as String in FileManager.default.enumerator(atPath: place.path) ?? .init() {
            guard let data = FileManager.default.contents(atPath: place.appending(path: path).path) else { continue }
            XCTAssertNil(data.range(of: Data(token.utf8)), "the token is in \(path)")
        }
    }
}
