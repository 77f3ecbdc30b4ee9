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

    func testTheSeedIsOneCloudConfigWithTheKnownKey() throws {
        let seed = Seed(
            hostname: "askari", instance: "i", user: "debian", publicKey: "ssh-ed25519 AAAA me",
            hostPrivateKey: "-----BEGIN\nKEY\n", hostPublicKey: "ssh-ed25519 BBBB")
        let text = String(decoding: try seed.userData(), as: UTF8.self)
        XCTAssertTrue(text.hasPrefix("#cloud-config\n"))
        let json = try JSONDecoder().decode(
            JSONValue.self, from: Data(text.split(separator: "\n", maxSplits: 1)[1].utf8))
        XCTAssertEqual(json["ssh_keys"]?["ed25519_private"]?.text, "-----BEGIN\nKEY\n")
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
