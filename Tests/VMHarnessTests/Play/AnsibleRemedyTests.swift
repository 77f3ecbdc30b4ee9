import Foundation
import XCTest

@testable import VMHarness

/// What Ansible lacks is told with the setting or command that brings it.
final class AnsibleRemedyTests: XCTestCase {
    func testOtherTroubleHasNoRemedyOfOurs() {
        for text in ["", "ERROR! Syntax Error while loading YAML", "decrypted"] {
            XCTAssertNil(AnsibleRemedy.find(in: text), text)
        }
    }

    /// In the words of the Ansible that is installed, which may change.
    func testAMissingVaultPasswordNamesItsSetting() async throws {
        try skipUnlessInstalled("ansible-vault")
        let folder = try temporaryFolder()
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"),
            environment: [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder.path,
                "ANSIBLE_LOCALHOST_WARNING": "false",
            ])
        for (name, text) in [("password", "right"), ("other", "wrong"), ("secret.yml", "secret: hunter2")] {
            try "\(text)\n".write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        let file = folder.appending(path: "secret.yml").path
        try await runner.run(
            Command(
                "ansible-vault", ["encrypt", "--vault-password-file", folder.appending(path: "password").path, file])
        ).requireSuccess("encrypting")
        for password in [[], ["--vault-password-file", folder.appending(path: "other").path]] {
            let result = try await runner.run(
                Command(
                    "ansible",
                    ["localhost", "--module-name", "ansible.builtin.debug", "--extra-vars", "@\(file)"] + password))
            XCTAssertFalse(result.succeeded)
            let remedy = AnsibleRemedy.find(in: result.output + result.errorOutput)
            XCTAssertEqual(remedy?.contains("BOMA_IT_VAULT_PASSWORD_FILE"), true, result.errorOutput)
        }
    }

    func testAFailedPlayNamesWhatIsMissing() {
        let result = CommandResult(
            command: Command("ansible-playbook", []), ending: .exited(2), duration: .zero, output: "", errorOutput: "",
            log: nil)
        func remedy(_ message: String?) -> String? {
            PlayFailed(
                playbook: "site.yml", name: "converge", tasks: [FailedTask(name: "t", message: message)], result: result
            ).remedy
        }
        XCTAssertEqual(
            remedy("Attempting to decrypt but no vault secrets found"),
            "set BOMA_IT_VAULT_PASSWORD_FILE to the file with the vault's password")
        XCTAssertEqual(remedy("No package matching 'x' is available"), "read the play's log")
        XCTAssertEqual(remedy(nil), "read the play's log")
    }
}
