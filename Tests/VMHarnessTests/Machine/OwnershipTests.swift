import Foundation
import Synchronization
import XCTest

@testable import VMHarness

final class OwnershipTests: XCTestCase {
    private let marked =
        #"<domain><name>boma-it-a</name><metadata><boma-it:machine xmlns:boma-it="urn:boma-it:machine:1" folder="/gone/boma-it-a"/></metadata></domain>"#

    func testTheMarkIsFoundAgain() throws {
        let xml = "<domain>\n  <name>x</name>\n  <features>\n  </features>\n</domain>"
        let folder = URL(filePath: "/a & b/x")
        let result = try DomainMark(folder: folder).marking(xml, accelerator: .tcg)
        XCTAssertEqual(DomainMark.folder(in: result)?.path, folder.path)
        XCTAssertTrue(result.contains("tb-cache"))
        XCTAssertFalse(try DomainMark(folder: folder).marking(xml, accelerator: .kvm).contains("tb-cache"))
        XCTAssertNil(DomainMark.folder(in: xml))
    }

    func testCleanTakesMarkedDomainsAndLeavesOthersAlone() async throws {
        let marked = self.marked
        let gone = Box()
        let runner = ScriptedRunner { command in
            let words = Array(command.arguments.dropFirst(2))
            switch words.first {
            case "list":
                return (0, (gone.value.withLock { $0 } ? "" : "boma-it-a\n") + "boma-it-not-ours\nbystander\n")
            case "dumpxml" where words[1] == "boma-it-a" && gone.value.withLock({ $0 }):
                return (1, "error: failed to get domain")
            case "undefine":
                gone.value.withLock { $0 = true }
                return (0, "")
            case "dumpxml": return (0, words[1] == "boma-it-a" ? marked : "<domain><name>\(words[1])</name></domain>")
            default: return (0, "")
            }
        }
        let removal = MachineRemoval(
            virsh: Virsh(runner: runner, uri: "test"), machines: try temporaryFolder(), say: { _ in })
        let removed = try await removal.removeAll()
        XCTAssertEqual(removed, ["boma-it-a"])
        let destroyed = runner.commands.map(\.arguments).filter { $0.contains("destroy") || $0.contains("undefine") }
        XCTAssertEqual(destroyed.map { $0[3] }, ["boma-it-a", "boma-it-a"])
    }

    func testTheReaperSparesKeptMachinesAndThoseOfTheLiving() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let dead = ProcessIdentity(pid: 1, start: "0", hostBoot: "another")
        func add(_ name: String, owner: ProcessIdentity, kept: String?) throws {
            let folder = machines.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try MachineRecord(
                name: name, run: "r", subject: "s", owner: owner, created: Date(), address: "192.0.2.1", mac: "",
                backing: "/",
                evidence: "/",
                keptBecause: kept
            ).write(in: folder)
        }
        try add("boma-it-orphan", owner: dead, kept: nil)
        try add("kept", owner: dead, kept: "a test failed")
        try add("in-use", owner: .current, kept: nil)
        let removal = MachineRemoval(
            virsh: Virsh(
                runner: ScriptedRunner { command in
                    command.arguments.contains("list") ? (0, "") : (1, "error: failed to get domain")
                }, uri: "test"), machines: machines, say: { _ in })
        let unfinished = machines.appending(path: "boma-it-unfinished")
        try FileManager.default.createDirectory(at: unfinished, withIntermediateDirectories: true)
        await removal.reap()
        XCTAssertFalse(FileManager.default.fileExists(atPath: unfinished.path), "a folder without a record is nobody's")
        XCTAssertEqual(Set(removal.all().map(\.name)), ["kept", "in-use"])
        let away = MachineRemoval(
            virsh: Virsh(runner: ScriptedRunner { _ in (1, "error: no") }, uri: "test"), machines: machines,
            say: { _ in })
        let removed = try? await away.removeAll()
        XCTAssertNil(removed, "an unreachable libvirt is an error")
    }

    private func seed() -> Seed {
        Seed(
            host: HostName("askari"), instance: "i", user: "mimi", publicKey: "ssh-ed25519 AAAA me",
            hostKeys: Seed.HostKey.types.map {
                .init(type: $0, privateKey: "-----BEGIN\nKEY \($0)\n", publicKey: "ssh-\($0) BBBB")
            })
    }

    /// All types that a Debian has, as a hardening role may name any of them in sshd_config.
    func testTheSeedIsOneCloudConfigWithKnownHostKeysOfAllTypes() throws {
        let text = String(decoding: try seed().userData(), as: UTF8.self)
        XCTAssertTrue(text.hasPrefix("#cloud-config\n"))
        let json = try JSONDecoder().decode(
            JSONValue.self, from: Data(text.split(separator: "\n", maxSplits: 1)[1].utf8))
        for type in ["rsa", "ecdsa", "ed25519"] {
            XCTAssertEqual(json["ssh_keys"]?["\(type)_private"]?.text, "-----BEGIN\nKEY \(type)\n")
            XCTAssertEqual(json["ssh_keys"]?["\(type)_public"]?.text, "ssh-\(type) BBBB")
        }
    }

    /// What is in "users" has only the groups that are named there; "user" is the image's default user by another name.
    func testTheLoginUserIsTheImagesDefaultUserWithItsGroups() throws {
        let text = String(decoding: try seed().userData(), as: UTF8.self)
        let json = try JSONDecoder().decode(
            JSONValue.self, from: Data(text.split(separator: "\n", maxSplits: 1)[1].utf8))
        XCTAssertNil(json["users"])
        XCTAssertEqual(json["user"]?["name"]?.text, "mimi")
        XCTAssertNil(json["user"]?["groups"], "would win over the image's")
    }

    func testHostKeysOfAllTypesAreKnownBeforehand() async throws {
        try skipUnlessInstalled("ssh-keygen")
        let folder = try temporaryFolder()
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ProcessInfo.processInfo.environment)
        let builder = MachineBuilder(
            virsh: Virsh(runner: runner, uri: "test:///default"), runner: runner,
            configuration: try HarnessConfiguration(environment: [:], packageRoot: folder), accelerator: .kvm,
            say: { _ in })
        let record = MachineRecord(
            name: "boma-it-a", run: "r", subject: "askari", owner: .current, created: Date(), address: "192.0.2.10",
            mac: "", backing: "", evidence: "/")
        let machine = MachineFolder(url: folder)
        try await builder.makeKeys(record, in: machine)
        let known = try String(contentsOf: machine.knownHosts, encoding: .utf8).lines
        XCTAssertEqual(
            Set(known.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }),
            ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
        XCTAssertTrue(known.allSatisfy { $0.hasPrefix("192.0.2.10 ") }, "\(known)")
    }

    /// The script of a restored guest, with folders of our own instead of the machine's: a type that a play has removed stays away.
    func testARestoredGuestGetsNewHostKeysOfTheTypesThatItHas() async throws {
        let folder = try temporaryFolder()
        let script = String(decoding: PackageResources.renew_identity_sh, as: UTF8.self)
        let start = try XCTUnwrap(script.range(of: "for type in $host_key_types"))
        let end = try XCTUnwrap(script[start.upperBound...].range(of: "\ndone\n"))
        let loop = script[start.lowerBound..<end.upperBound].replacingOccurrences(of: "/etc/ssh", with: folder.path)
        for type in ["ed25519", "rsa"] {
            try Data("old".utf8).write(to: folder.appending(path: "ssh_host_\(type)_key"))
        }
        let variables = Seed.HostKey.types.map { "host_key_\($0)='new \($0)' host_key_\($0)_pub='public \($0)'\n" }
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ProcessInfo.processInfo.environment)
        try await runner.run(
            Command(
                "bash", ["-eu"],
                input: "host_key_types='\(Seed.HostKey.types.joined(separator: " "))'\n" + variables.joined() + loop)
        ).requireSuccess("renewing")
        func text(_ name: String) -> String? {
            try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        for type in ["ed25519", "rsa"] {
            XCTAssertEqual(text("ssh_host_\(type)_key"), "new \(type)\n")
            XCTAssertEqual(text("ssh_host_\(type)_key.pub"), "public \(type)\n")
        }
        XCTAssertNil(text("ssh_host_ecdsa_key"))
    }

    /// Package lists are refreshed where there are none, or old ones; with a folder of our own and an apt-get that only says so.
    func testPackageListsAreRefreshedWhenMissingOrOld() async throws {
        let folder = try temporaryFolder().appending(path: "lists")
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder(), environment: ProcessInfo.processInfo.environment)
        func refresh(failing: Bool = false) async throws -> CommandResult {
            let apt = "apt-get() { echo \"apt-get $*\"; \(failing ? "return 100" : "return 0"); }\n"
            return try await runner.run(
                Command(
                    "bash", [],
                    input: apt + Machine.refreshScript.replacingOccurrences(of: "/var/lib/apt/lists", with: folder.path)
                ))
        }
        let missing = try await refresh()
        XCTAssertEqual(missing.output.lines.last, "refreshed")
        XCTAssertTrue(missing.output.contains("update"), missing.output)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let empty = try await refresh()
        XCTAssertEqual(empty.output.lines.last, "refreshed")
        try Data().write(to: folder.appending(path: "mirror_dists_trixie_main_binary-amd64_Packages"))
        let fresh = try await refresh()
        XCTAssertTrue(fresh.succeeded)
        XCTAssertEqual(fresh.output, "")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3 * 86400)], ofItemAtPath: folder.path)
        let old = try await refresh()
        XCTAssertEqual(old.output.lines.last, "refreshed")
        let away = try await refresh(failing: true)
        XCTAssertFalse(away.succeeded)
        XCTAssertNotEqual(away.output.lines.last, "refreshed")
    }

    func testSSHReachesOneHostOnly() async throws {
        // Blanks may be in BOMA_IT_CACHE.
        let folder = try temporaryFolder().appending(path: "with two blanks")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "ssh_config")
        try SSHConfig(
            host: "askari", address: "192.0.2.10", user: "debian", identityFile: folder.appending(path: "id"),
            knownHostsFile: folder.appending(path: "known_hosts"), controlPath: "/tmp/c"
        ).text.write(to: file, atomically: true, encoding: .utf8)
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path])
        func settings(_ host: String) async throws -> String {
            try await runner.run(Command("ssh", ["-G", "-F", file.path, host])).requireSuccess("asking ssh").output
        }
        let subject = try await settings("askari")
        XCTAssertTrue(
            subject.contains("hostname 192.0.2.10") && subject.contains("stricthostkeychecking true"), subject)
        XCTAssertFalse(subject.contains("proxycommand sh"), subject)
        for line in [
            "identityfile \(folder.path)/id", "userknownhostsfile \(folder.path)/known_hosts", "controlpath /tmp/c",
        ] {
            XCTAssertTrue(subject.lines.contains(line), "\(line) in \(subject)")
        }
        let other = try await settings("simba")
        XCTAssertTrue(other.contains("proxycommand sh"), other)
        let refused = try await runner.run(Command("ssh", ["-F", file.path, "simba", "true"]))
        XCTAssertFalse(refused.succeeded)
        XCTAssertTrue(refused.errorOutput.contains("only the virtual machine may be reached, not simba"))
    }
}

private final class Box: Sendable {
    let value = Mutex(false)
}
