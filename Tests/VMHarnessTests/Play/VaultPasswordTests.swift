import XCTest

@testable import VMHarness

final class VaultPasswordTests: XCTestCase {
    private let own = ProcessInfo.processInfo.environment

    private func makeRunner(logs: URL? = nil) throws -> SystemCommandRunner {
        try SystemCommandRunner(
            logs: try logs ?? temporaryFolder(),
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
    }

    private func program(_ text: String, named name: String = "password") throws -> URL {
        let file = try temporaryFolder().appending(path: name)
        try "#!/bin/sh\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file.path)
        return file
    }

    /// A real program, seeing what it would see when its user ran it; nothing of what it says may reach the disk.
    func testAProgramHasItsUsersHomeAndIsAskedOnce() async throws {
        let counter = try temporaryFolder().appending(path: "counter")
        let file = try program("echo x >>'\(counter.path)'; echo \"siri ya $HOME and a lot more\"")
        let logs = try temporaryFolder()
        let runner = try makeRunner(logs: logs)
        for _ in 0..<2 {
            let password = try await VaultPassword(file, environment: own, runner: runner)
            XCTAssertEqual(password.told, "siri ya \(own["HOME"] ?? "") and a lot more")
            XCTAssertEqual(password.arguments, ["--vault-password-file", "/dev/stdin"])
        }
        XCTAssertEqual(try String(contentsOf: counter, encoding: .utf8), "x\n")
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: logs.path), ["commands.jsonl"])
        let lines = try String(contentsOf: logs.appending(path: "commands.jsonl"), encoding: .utf8)
        XCTAssertFalse(lines.contains("a lot more"), lines)
    }

    func testAPipeIsReadOnce() async throws {
        let pipe = try temporaryFolder().appending(path: "pipe")
        XCTAssertEqual(mkfifo(pipe.path, 0o600), 0)
        let writer = Task.detached { try Data("siri ya bomba\n".utf8).write(to: pipe) }
        let runner = try makeRunner()
        for _ in 0..<2 {
            let told = try await VaultPassword(pipe, environment: own, runner: runner).told
            XCTAssertEqual(told, "siri ya bomba")
        }
        try await writer.value
    }

    func testAFileIsLeftToAnsible() async throws {
        let file = try temporaryFolder().appending(path: "file")
        try "siri ya faili\n".write(to: file, atomically: true, encoding: .utf8)
        let password = try await VaultPassword(file, environment: own, runner: try makeRunner())
        XCTAssertNil(password.told)
        XCTAssertEqual(password.secrets, ["siri ya faili\n"])
        XCTAssertEqual(password.arguments, ["--vault-password-file", file.path])
    }

    func testAClientScriptIsToldTheVault() async throws {
        let password = try await VaultPassword(
            try program("echo \"for $1 $2 alone\"", named: "keyring-client.sh"), environment: own,
            runner: try makeRunner())
        XCTAssertEqual(password.told, "for --vault-id default alone")
    }

    func testAProgramThatFailsOrTellsNothingIsNamed() async throws {
        for (text, words) in [("echo no such entry >&2; exit 3", "no such entry"), ("true", "tells no password")] {
            let file = try program(text)
            let runner = try makeRunner()
            await assertThrows({ try await VaultPassword(file, environment: own, runner: runner) }) {
                XCTAssertTrue($0.contains(words) && $0.contains(file.path) && $0.contains("fix: "), $0)
            }
        }
    }

    /// The whole way with the real ansible-vault: the sandboxed Ansible reads the vault with what the program told.
    func testAnsibleReadsAVaultWithWhatWasTold() async throws {
        let runner = try makeRunner()
        let folder = try temporaryFolder()
        let key = folder.appending(path: "key")
        let secrets = folder.appending(path: "secrets.yml")
        try "siri ya nyumba".write(to: key, atomically: true, encoding: .utf8)
        try "greeting: karibu\n".write(to: secrets, atomically: true, encoding: .utf8)
        try await runner.run(
            Command("ansible-vault", ["encrypt", "--vault-password-file", key.path, secrets.path])
        ).requireSuccess("encrypting")
        let password = try await VaultPassword(
            try program("echo siri ya nyumba"), environment: own, runner: runner)
        let sandbox = try await NetworkSandbox.find(runner: runner)
        let ansible = Ansible(
            runner: runner, environment: ["HOME": folder.path], sandbox: sandbox, vaultPassword: password.told)
        let view = try await ansible.run(
            "ansible-vault", ["view"] + password.arguments + [secrets.path], limit: .seconds(60)
        ).requireSuccess("reading")
        XCTAssertEqual(view.output, "greeting: karibu\n")
    }
}
