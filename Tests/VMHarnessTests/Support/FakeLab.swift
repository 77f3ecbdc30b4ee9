import Foundation
import XCTest

@testable import VMHarness

/// A small Ansible repository with a profile, and an `ssh` that notes where it is sent and runs the command here: real
/// Ansible, everything that the harness gives it, and no virtual machine.
struct FakeLab {
    static let address = "192.0.2.10"
    let folder: URL
    private(set) var configuration: HarnessConfiguration
    let profile: Profile
    private let test: XCTestCase

    /// - Parameters:
    ///   - files: the repository and what lies beside it, by path; `site.yml` and `inventory/hosts.yml` at least.
    ///   - environment: what the user's shell has beside the settings; `FOLDER` stands for the lab's folder.
    init(
        _ test: XCTestCase, files: [String: String], environment: [String: String] = [:], profileExtra: String = "",
        executable: Set<String> = []
    ) throws {
        self.test = test
        // Blanks may be in every path that a user chooses.
        folder = try test.temporaryFolder().appending(path: "a lab")
        let own = [
            "overrides/askari.yml": "{}\n", "bin/ssh": Self.ssh(log: folder.appending(path: "ssh.log")),
        ].merging(files) { $1 }
        for (path, text) in own {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
            let mode = path.hasPrefix("bin/") || executable.contains(path) ? 0o755 : 0o600
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        configuration = try HarnessConfiguration(
            environment: [
                "PATH": "\(folder.appending(path: "bin").path):\(path)", "HOME": folder.appending(path: "home").path,
                "BOMA_IT_ANSIBLE_ROOT": folder.path, "BOMA_IT_OVERRIDES": folder.appending(path: "overrides").path,
            ].merging(environment.mapValues { [folder] in $0.replacingOccurrences(of: "FOLDER", with: folder.path) }) {
                $1
            },
            packageRoot: folder)
        profile = try JSONDecoder().decode(
            Profile.self,
            from: Data(
                #"{"subject": "askari", "playbook": "site.yml", "published": [], "egress": {"containers": []}\#(profileExtra)}"#
                    .utf8))
    }

    private static func ssh(log: URL) -> String {
        """
        #!/bin/sh
        case $* in '-o ControlPersist') exit ;; esac # Ansible asks whether ssh knows it
        for last; do [ "$word" != -F ] || config=$last; before=$word; word=$last; done
        printf '%s\\n' "host=$before agent=$SSH_AUTH_SOCK home=$HOME config=<$config> args=$*" | tr '\\n' ' ' >>'\(log.path)'
        echo >>'\(log.path)'
        case $last in *eval*)
            boot=00000000-0000-4000-8000-000000000001
            echo $boot
            echo '[{"boot_id": "00000000000040008000000000000001"}]'
            exit ;;
        esac
        exec sh -c "$last"
        """
    }

    /// Prepares and runs the playbook as a run does.
    ///
    /// - Parameter next: what else is done with the play after its first run.
    @discardableResult
    func play(isProvenIsolated: Bool = true, next: (Play) async throws -> Void = { _ in }) async throws -> PlayRecap {
        let runner = try self.runner()
        let sources = try await self.sources(runner)
        let record = MachineRecord(
            name: "boma-it-askari-fake", run: "run", subject: "askari", owner: .current, created: Date(),
            address: Self.address, mac: "", backing: "", evidence: runs.path)
        let machine = Machine(
            record: record, folder: MachineFolder(url: folder.appending(path: "a machine")),
            virsh: Virsh(runner: ScriptedRunner { _ in (0, "running\n") }, uri: "test:///default"), runner: runner,
            accelerator: .kvm, timeFactor: 1, say: { _ in })
        await machine.noteIsolation(proven: isProvenIsolated)
        let play = try await Play(sources, on: machine, runner: runner, folder: runs.appending(path: "play"))
        let recap = try await play.run("converge")
        try await next(play)
        return recap
    }

    /// What a run prepares before it makes a machine.
    func sources() async throws -> PlaySources { try await sources(try runner()) }

    private func runner() throws -> SystemCommandRunner {
        let runs = self.runs
        try FileManager.default.createDirectory(at: runs, withIntermediateDirectories: true)
        return try SystemCommandRunner(
            logs: runs.appending(path: "commands"), environment: configuration.toolEnvironment,
            show: { [log = try EventLog(folder: runs)] in log.say("  | \($0)") })
    }

    private func sources(_ runner: SystemCommandRunner) async throws -> PlaySources {
        try await PlaySources(
            profile, configuration: configuration, runner: runner, folder: runs.appending(path: "sources"))
    }

    /// What stays of a run.
    var runs: URL { folder.appending(path: "runs") }

    /// Hosts that `ssh` was sent to.
    var hostsAsked: Set<String> {
        Set(sshCalls.compactMap { $0.split(separator: " ").first?.dropFirst(5) }.map(String.init))
    }

    /// One line a call of `ssh`.
    var sshCalls: [String] {
        (try? String(contentsOf: folder.appending(path: "ssh.log"), encoding: .utf8))?.lines ?? []
    }

    /// Whether a file of that name was made by an attack.
    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: name).path)
    }
}

extension XCTestCase {
    /// A text as `ansible-vault` encrypts it.
    func ansibleVault(_ text: String, password: String) async throws -> String {
        let folder = try temporaryFolder()
        let file = folder.appending(path: "password")
        try password.write(to: file, atomically: true, encoding: .utf8)
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ProcessInfo.processInfo.environment)
        return try await runner.run(
            Command("ansible-vault", ["encrypt", "--vault-password-file", file.path, "--output", "-"], input: text)
        ).requireSuccess("encrypting").output
    }
}
