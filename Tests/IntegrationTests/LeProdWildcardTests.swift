import Foundation
import VMHarness
import XCTest

/// A wildcard certificate that is issued once, kept on the control host, and served by later machines without a question to
/// anybody. The authority is the one of ``AcmeLab``, in place of Let's Encrypt's.
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
            let lab = try await subject.startAuthority()
            defer { lab.stop() }
            let site = CertifiedSite(subject: subject)
            let (certificate, isNew) = try await subject.serveStoredCertificate(from: lab, tags: ["reverse_proxy"])
            XCTAssertTrue(mayIssue || !isNew, "a second certificate was issued")
            if !isNew {
                XCTAssertEqual(lab.requests, [], "the DNS was asked")
                XCTAssertEqual(lab.acmeRequests, 0, "the authority was asked")
            }
            let (issued, requests, questions) = (lab.issued, lab.acmeRequests, lab.requests.count)
            XCTAssertEqual(issued, isNew ? 1 : 0)
            try await check(site, certificate, "before the reboot")
            try await checkFiles(subject)
            try await subject.reboot()
            try await check(site, certificate, "after the reboot")
            XCTAssertEqual(lab.acmeRequests, requests, "the authority was asked")
            XCTAssertEqual(lab.requests.count, questions, "the DNS was asked: \(lab.requests.suffix(3))")
            try await requireQuestionsAreCounted(lab, subject)
            try checkKeyStays(certificate, subject)
            served = certificate
        }
        return try XCTUnwrap(served)
    }

    /// The counters above can rise: what the guest asks through the tunnel is counted, the authority and the DNS alike.
    private func requireQuestionsAreCounted(_ lab: AcmeLab, _ subject: Subject) async throws {
        let (requests, questions) = (lab.acmeRequests, lab.requests.count)
        try await lab.visible(to: subject.machine) {
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
                script, limit: subject.machine.limit(seconds: 10)
            ).requireSuccess("asking the authority and the DNS on purpose")
        }
        XCTAssertEqual(lab.acmeRequests, requests + 1, "the authority's counter does not count")
        XCTAssertEqual(lab.requests.count, questions + 1, "the DNS's counter does not count")
    }

    /// The key is Caddy's alone, whether it was made here or brought.
    private func checkFiles(_ subject: Subject) async throws {
        let files = try await Coordinator(subject: subject).output(
            "stat -c '%n %U:%G %a' \(CertifiedSite.folder)/key.pem \(CertifiedSite.folder)/chain.pem")
        XCTAssertEqual(
            files,
            """
            \(CertifiedSite.folder)/key.pem root:caddy 640
            \(CertifiedSite.folder)/chain.pem root:caddy 640
            """)
    }

    private func check(_ site: CertifiedSite, _ certificate: StoredCertificate, _ moment: String) async throws {
        let root = site.subject.folder.appending(path: "authority.crt")
        try Data(try XCTUnwrap(certificate.authority).utf8).write(to: root)
        let answer = try await site.ask(moment, trusting: root)
        XCTAssertEqual(
            answer.serial.lowercased().filter(\.isHexDigit), certificate.serial.lowercased(),
            "another certificate is served \(moment)")
        for name in CertifiedSite.names {
            XCTAssertTrue(answer.names.contains("DNS:\(name)"), "names \(moment): \(answer.names)")
        }
    }

    /// The private key is in the store, and in the guest, and nowhere in what is kept of the run.
    private func checkKeyStays(_ certificate: StoredCertificate, _ subject: Subject) throws {
        let lines = certificate.key.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        let canary = Data(try XCTUnwrap(lines.max { $0.count < $1.count }).utf8)
        XCTAssertGreaterThan(canary.count, 20)
        let place = subject.run.directory.url
        for case let path as String in FileManager.default.enumerator(atPath: place.path) ?? .init() {
            guard let data = FileManager.default.contents(atPath: place.appending(path: path).path) else { continue }
            XCTAssertNil(data.range(of: canary), "the private key is in \(path)")
        }
    }
}
