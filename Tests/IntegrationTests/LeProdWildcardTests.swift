import Foundation
import VMHarness
import XCTest

/// A wildcard certificate that is issued once, kept on the control host, and served by later machines without a question to
/// anybody: by Let's Encrypt where that can be, else by Pebble (``CertificateAuthority``).
final class LeProdWildcardTests: SubjectTestCase {
    override var tiers: [CertTier] { [.leProdWildcard] }

    func testTheWildcardIsIssuedOnceAndServedByLaterMachinesWithoutAQuestion() async throws {
        // Issued, or, when an earlier run has done that, taken from the store already.
        let first = try await serve(mayIssue: true)
        try await endSubject()
        let second = try await serve(mayIssue: false)
        XCTAssertEqual(second.serial, first.serial)
    }

    /// A machine that serves the certificate, also after its reboot; one that was issued before costs no request at all.
    private func serve(mayIssue: Bool) async throws -> StoredCertificate {
        var served: StoredCertificate?
        try await withSubject(.converged("mesh")) { subject in
            let authority = try await subject.startAuthority()
            defer { authority.stop() }
            let site = try CertifiedSite(subject)
            let (certificate, isNew, _) = try await subject.serveStoredCertificate(
                from: authority, tags: ["reverse_proxy"])
            XCTAssertTrue(mayIssue || !isNew, "a second certificate was issued")
            try await requireSilence(authority, isNew, subject)
            let asked = authority.lab.map { ($0.acmeRequests, $0.requests.count) }
            try await check(site, authority, certificate, "before the reboot")
            let files = try await site.files()
            XCTAssertEqual(files, site.filesOfCaddy)
            try await subject.reboot()
            try await check(site, authority, certificate, "after the reboot")
            if let lab = authority.lab, let asked {
                XCTAssertEqual(lab.acmeRequests, asked.0, "the authority was asked")
                XCTAssertEqual(lab.requests.count, asked.1, "the DNS was asked: \(lab.requests.suffix(3))")
                let requests = "\(lab.acmeRequests) ACME and \(lab.requests.count) DNS API requests"
                subject.session.log.say("certificate: \(isNew ? "issued" : "reused") with \(requests), reboot included")
                try await requireQuestionsAreCounted(lab, authority, subject)
            }
            try checkKeyStays(certificate, subject)
            served = certificate
        }
        return try XCTUnwrap(served)
    }

    /// A stored certificate costs no question. The lab counts them; before an authority outside the guest has nothing that asks.
    private func requireSilence(_ authority: CertificateAuthority, _ isNew: Bool, _ subject: Subject) async throws {
        if let lab = authority.lab { XCTAssertEqual(lab.issued, isNew ? 1 : 0) }
        guard !isNew else { return }
        let client = try await Coordinator(subject: subject).output("command -v dehydrated || true")
        XCTAssertEqual(client, "", "a guest that is given its certificate has an ACME client")
        XCTAssertEqual(authority.lab?.requests ?? [], [], "the DNS was asked")
        XCTAssertEqual(authority.lab?.acmeRequests ?? 0, 0, "the authority was asked")
    }

    /// The counters above can rise: what the guest asks through the tunnel is counted, the authority and the DNS alike.
    private func requireQuestionsAreCounted(
        _ lab: AcmeLab, _ authority: CertificateAuthority, _ subject: Subject
    ) async throws {
        let (requests, questions) = (lab.acmeRequests, lab.requests.count)
        try await authority.visible(to: subject.machine) {
            // With what every subject has: Ansible needs it.
            let script = """
                python3 - \(AcmeLab.directory) \(AcmeLab.dnsAPI)/domains <<'END'
                import ssl, sys, urllib.error, urllib.request
                for address in sys.argv[1:]:
                    try:
                        urllib.request.urlopen(address, context=ssl._create_unverified_context())
                    except urllib.error.HTTPError:
                        pass  # Refused is asked, too.
                END
                """
            try await subject.machine.ssh.runAsRoot(
                script, limit: subject.machine.limit(.command)
            ).requireSuccess("asking the authority and the DNS on purpose")
        }
        XCTAssertEqual(lab.acmeRequests, requests + 1, "the authority's counter does not count")
        XCTAssertEqual(lab.requests.count, questions + 1, "the DNS's counter does not count")
    }

    private func check(
        _ site: CertifiedSite, _ authority: CertificateAuthority, _ certificate: StoredCertificate, _ moment: String
    ) async throws {
        let root: URL
        if let pem = certificate.authority {
            root = site.subject.folder.appending(path: "authority.crt")
            try Data(pem.utf8).write(to: root)
        } else {
            root = try await site.subject.roots(of: authority)
        }
        let answer = try await site.ask(moment, trusting: root)
        XCTAssertEqual(
            answer.serial.lowercased().filter(\.isHexDigit), certificate.serial.lowercased(),
            "another certificate is served \(moment)")
        for name in site.certificates.names {
            XCTAssertTrue(answer.names.contains("DNS:\(name)"), "names \(moment): \(answer.names)")
        }
    }

    /// The private key is in the store, and in the guest, and nowhere in what is kept of the run.
    private func checkKeyStays(_ certificate: StoredCertificate, _ subject: Subject) throws {
        let lines = certificate.key.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        let canary = Data(try XCTUnwrap(lines.max { $0.count < $1.count }).utf8)
        XCTAssertGreaterThan(canary.count, 20)
        let place = subject.session.directory.url
        for case let path as String in FileManager.default.enumerator(atPath: place.path) ?? .init() {
            guard let data = FileManager.default.contents(atPath: place.appending(path: path).path) else { continue }
            XCTAssertNil(data.range(of: canary), "the private key is in \(path)")
        }
    }
}
