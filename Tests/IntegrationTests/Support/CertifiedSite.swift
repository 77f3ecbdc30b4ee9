import Foundation
import VMHarness

/// A site behind the subject's proxy whose certificate is not the proxy's own.
struct CertifiedSite {
    static let name = "web.test.boma.example"
    static let names = ["*.test.boma.example", "test.boma.example"]
    static let folder = "/etc/caddy/certificates"
    let subject: Subject

    /// What it answers from outside, once it does, to a client that trusts nobody else.
    func ask(_ moment: String, trusting root: URL) async throws -> SecureAnswer {
        let runner = try SystemCommandRunner(
            logs: subject.folder.appending(path: "asked-\(UUID().uuidString)"),
            environment: subject.run.configuration.toolEnvironment)
        defer { runner.removeLogs() }
        let wait = Wait(
            for: "\(Self.name) \(moment)", limit: subject.machine.limit(seconds: 30), hint: "see caddy's journal")
        let answer = try await wait.until {
            do {
                let answer = try await SecureAnswer.ask(
                    Self.name, path: "/", at: subject.machine.address, trusting: root, runner: runner, seconds: 20)
                return answer.status == 200 ? .done(answer) : WaitStep<SecureAnswer>.notYet("status \(answer.status)")
            } catch let error as CommandError {
                return .notYet("\(error)")
            }
        }
        subject.run.log.say("\(moment): serial \(answer.serial), issuer \(answer.issuer)")
        return answer
    }
}
