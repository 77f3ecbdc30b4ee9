import Foundation
import XCTest

@testable import VMHarness

/// Which variables' values are kept out of everything, by their names: the same here and inside Ansible.
final class SecretNamesTests: XCTestCase {
    private let secret = [
        "password", "root_password", "db-password", "dbPassword", "dbpassword", "DB_PASSWD", "passphrase", "api_token",
        "apiToken", "accesstoken", "tokens", "client.secret", "clientSecret", "s3_credentials", "private_key",
        "privateKey", "ssh_privatekey", "api_key", "API_KEY", "apiKey", "APIKey", "apikey", "github_pat", "GITHUB_PAT",
        "githubPat", "pat", "pat2", "api_key_2", "BOMA_IT_TOKEN", "token_of_x",
    ]
    private let open = [
        "deploy_path", "docker_data_path", "PATH", "_path", "patch", "patterns", "compat", "compatible_with",
        "patience",
        "spatial", "secretary", "tokenizer", "passwordless", "key", "api_url", "public_key", "keyboard",
        "vault_password_file", "token_file", "tokenFile", "token_path", "secret-path", "",
    ]

    func testNamesAreMatchedByWholeWords() {
        for name in secret { XCTAssertTrue(SecretNames.contains(name), name) }
        for name in open { XCTAssertFalse(SecretNames.contains(name), name) }
    }

    func testAnsibleSeesTheSame() async throws {
        try skipUnlessInstalled("ansible")
        // A name of each kind that Ansible allows; each has a value of its own.
        let allowed = (secret + open).filter { $0.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil }
        let tag = UUID().uuidString.prefix(8).lowercased()
        let values = Dictionary(uniqueKeysWithValues: allowed.map { ($0, "neno-\($0)-neno-\(tag)") })
        let lines = values.map { "\($0.key): \($0.value)\n" }.joined()
        let lab = try FakeLab(
            self,
            files: [
                "inventory/hosts.yml": "all: {hosts: {askari: {}}}\n", "inventory/group_vars/all.yml": lines,
                "site.yml": "- {hosts: all, gather_facts: false, tasks: [{ansible.builtin.raw: 'true'}]}\n",
            ])
        try await lab.play()
        for (name, value) in values {
            XCTAssertEqual(Redactor.shared.redact(value) != value, secret.contains(name), name)
        }
    }
}
