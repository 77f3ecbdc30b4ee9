import Foundation
import VMHarness

/// A site behind the subject's proxy whose certificate is not the proxy's own.
struct CertifiedSite {
    let subject: Subject
    /// How the playbook gets it.
    let certificates: Profile.Certificates
    /// The record of the proof, relative to the zone: one for a name and its wildcard.
    var challenge: String {
        let name = certificates.names[0].replacing(/^\*\./, with: "")
        return String("_acme-challenge.\(name)".dropLast(certificates.zone.count + 1))
    }

    init(_ subject: Subject) throws {
        self.subject = subject
        certificates = try subject.profile.certificatesOrTrouble()
    }

    /// Owner and mode of the certificate's files.
    func files() async throws -> String {
        try await Coordinator(subject: subject).output(
            "stat -c '%n %U:%G %a' \(certificates.privateKey) \(certificates.chain)")
    }

    /// What ``files()`` says of files that are Caddy's alone.
    var filesOfCaddy: String {
        "\(certificates.privateKey) root:caddy 640\n\(certificates.chain) root:caddy 640"
    }

    /// What it answers from outside, once it does, to a client that trusts nobody else.
    func ask(_ moment: String, trusting root: URL) async throws -> SecureAnswer {
        let runner = try SystemCommandRunner(
            logs: subject.folder.appending(path: "asked-\(UUID().uuidString)"),
            environment: subject.session.configuration.toolEnvironment)
        defer { runner.removeLogs() }
        let wait = Wait(
            for: "\(certificates.site) \(moment)", limit: subject.machine.limit(.services),
            hint: "see caddy's journal")
        let answer = try await wait.until {
            do {
                let answer = try await SecureAnswer.ask(
                    certificates.site, path: "/", at: subject.machine.address, trusting: root, runner: runner,
                    seconds: 20)
                return answer.status == 200 ? .done(answer) : WaitStep<SecureAnswer>.notYet("status \(answer.status)")
            } catch let error as CommandError {
                return .notYet("\(error)")
            }
        }
        subject.session.log.say("\(moment): serial \(answer.serial), issuer \(answer.issuer)")
        return answer
    }
}
