import Foundation
import XCTest

@testable import VMHarness

/// Machines that outlive the process that made them: how they are found, taken up and removed.
final class KeptMachineTests: XCTestCase {
    private func record(_ name: String, subject: String = "askari", age: Double = 0, kept: String? = "a test failed")
        -> MachineRecord
    {
        MachineRecord(
            name: name, run: "r", subject: subject, owner: .current, created: Date(timeIntervalSince1970: 1000 - age),
            address: "192.0.2.10", mac: "52:54:00:b0:3a:0a", backing: "/", evidence: "/e", keptBecause: kept)
    }

    func testAMachineIsFoundByNameHostOrEnding() throws {
        let all = [
            record("boma-it-askari-aaaa", age: 10), record("boma-it-askari-bbbb", age: 5),
            record("boma-it-simba-cccc", subject: "simba"),
        ]
        func name(_ word: String?) throws -> String { try MachineChoice.find(word, among: all).name }
        XCTAssertEqual(try name(nil), "boma-it-simba-cccc")
        XCTAssertEqual(try name("askari"), "boma-it-askari-bbbb")
        XCTAssertEqual(try name("aaaa"), "boma-it-askari-aaaa")
        XCTAssertEqual(try name("boma-it-askari-aaaa"), "boma-it-askari-aaaa")
        for bad in ["", "nobody", "a\u{1b}"] { XCTAssertThrowsError(try name(bad)) }
        XCTAssertThrowsError(try MachineChoice.find(nil, among: []))
    }

    private func attach(_ record: MachineRecord, state: String?, mark: String?, in machines: URL) async throws
        -> Machine
    {
        let runner = ScriptedRunner { command in
            switch command.arguments.dropFirst(2).first {
            case "domstate": return state.map { (0, $0) } ?? (1, "error: failed to get domain")
            default: return (0, "<domain type='kvm'>\(mark ?? "")</domain>")
            }
        }
        return try await Machine.attach(
            to: record, in: machines, virsh: Virsh(runner: runner, uri: "test"), runner: runner, timeFactor: nil,
            say: { _ in })
    }

    func testOnlyWhatIsOursAndRunsAndIsFreeIsTakenUp() async throws {
        let machines = try temporaryFolder()
        let ours = record("boma-it-a")
        let mark = try DomainMark(folder: machines.appending(path: "boma-it-a"))
            .marking("<name></name>", accelerator: .kvm)
        let machine = try await attach(ours, state: "running", mark: mark, in: machines)
        XCTAssertEqual(machine.timeFactor, 1)

        let other = try DomainMark(folder: machines.appending(path: "b")).marking("<name></name>", accelerator: .kvm)
        await assertThrows({ try await self.attach(ours, state: "running", mark: nil, in: machines) }) {
            XCTAssertTrue($0.contains("does not carry boma-it's mark"), $0)
        }
        await assertThrows({ try await self.attach(ours, state: "running", mark: other, in: machines) }) {
            XCTAssertTrue($0.contains("does not carry boma-it's mark"), $0)
        }
        await assertThrows({ try await self.attach(ours, state: "shut off", mark: mark, in: machines) }) {
            XCTAssertTrue($0.contains("is shut off") && $0.contains("net-start boma-it-net"), $0)
        }
        await assertThrows({ try await self.attach(ours, state: nil, mark: mark, in: machines) }) {
            XCTAssertTrue($0.contains("gone from libvirt"), $0)
        }
        let busy = record("boma-it-a", kept: nil)
        await assertThrows({ try await self.attach(busy, state: "running", mark: mark, in: machines) }) {
            XCTAssertTrue($0.contains("in progress"), $0)
        }
    }

    func testAPowerCutOfWhatIsNotOursIsRefused() async throws {
        let boot = "11111111-1111-1111-1111-111111111111"
        let runner = ScriptedRunner { command in
            switch command.tool {
            case "ssh": return (0, "\(boot)\n[{\"boot_id\": \"\(boot.filter { $0 != "-" })\"}]")
            default: return (0, "<domain></domain>")
            }
        }
        let machine = Machine(
            record: record("boma-it-a"), folder: MachineFolder(url: try temporaryFolder()),
            virsh: Virsh(runner: runner, uri: "test"), runner: runner, accelerator: .kvm, timeFactor: 1, say: { _ in })
        await assertThrows({ try await machine.cutPower() }) {
            XCTAssertTrue($0.contains("does not carry boma-it's mark"), $0)
        }
        XCTAssertFalse(runner.commands.contains { $0.arguments.contains("destroy") })
    }

    /// A restored domain is a transient one: without a definition it would be gone together with its power.
    func testAPowerCutKeepsARestoredMachineDefined() async throws {
        let boot = "11111111-1111-1111-1111-111111111111"
        let folder = MachineFolder(url: try temporaryFolder())
        let marked = try DomainMark(folder: folder.url).marking("<name></name>", accelerator: .kvm)
        let runner = ScriptedRunner { command in
            guard command.tool != "ssh" else {
                return (0, "\(boot)\n[{\"boot_id\": \"\(boot.filter { $0 != "-" })\"}]")
            }
            switch command.arguments.dropFirst(2).first {
            case "list": return (0, "another\n")
            case "domstate": return (0, "shut off")
            case "start": return (1, "error: enough")
            default: return (0, "<domain type='kvm'>\(marked)</domain>")
            }
        }
        let machine = Machine(
            record: record("boma-it-a"), folder: folder, virsh: Virsh(runner: runner, uri: "test"), runner: runner,
            accelerator: .kvm, timeFactor: 1, say: { _ in })
        await assertThrows({ try await machine.cutPower() }) { XCTAssertTrue($0.contains("enough"), $0) }
        let orders = runner.commands.compactMap { $0.arguments.dropFirst(2).first }
            .filter { ["define", "destroy", "start"].contains($0) }
        XCTAssertEqual(orders, ["define", "destroy", "start"])
    }

    func testOneMachineIsRemovedAndABusyOneIsNot() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let removal = MachineRemoval(
            virsh: Virsh(
                runner: ScriptedRunner { command in
                    command.arguments.contains("list") ? (0, "") : (1, "error: failed to get domain")
                },
                uri: "test"),
            machines: machines, say: { _ in })
        for name in ["boma-it-a", "boma-it-b"] {
            try FileManager.default.createDirectory(
                at: machines.appending(path: name), withIntermediateDirectories: true)
        }
        try await removal.remove(record("boma-it-a"))
        await assertThrows({ try await removal.remove(self.record("boma-it-b", kept: nil)) })
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: machines.path), ["boma-it-b"])
        try await record("boma-it-b", kept: nil).keep(
            because: "I look", in: machines.appending(path: "boma-it-b"),
            virsh: Virsh(runner: ScriptedRunner { _ in (0, "") }, uri: "test"))
        XCTAssertEqual(removal.all().map(\.keptBecause), ["I look"])
        XCTAssertEqual(removal.all().map(\.state), ["kept"])
    }

    /// A connection that `boma-it ssh` has left open would wait for the guest that is gone.
    func testTheSharedConnectionEndsTogetherWithTheMachine() async throws {
        let name = "boma-it-test-\(UUID().uuidString.prefix(8))"
        let socket = MachineFolder.controlSocket(of: name)
        try MachineFolder.makeSockets()
        try Data().write(to: socket)
        let runner = ScriptedRunner { command in
            command.arguments.contains("list") ? (0, "") : (1, "error: failed to get domain")
        }
        try await MachineRemoval(
            virsh: Virsh(runner: runner, uri: "test"), machines: try temporaryFolder().appending(path: "machines"),
            say: { _ in }
        ).remove(record(name))
        let ends = runner.commands.filter { $0.tool == "ssh" }.map(\.arguments)
        XCTAssertEqual(ends, [["-F", "/dev/null", "-o", "ControlPath=\"\(socket.path)\"", "-O", "exit", name]])
        XCTAssertFalse(FileManager.default.fileExists(atPath: socket.path))
    }

    /// Who can put a socket there is who answers for the guest.
    func testTheSocketsLieWhereNobodyElseCanPutOne() throws {
        let folder = try temporaryFolder()
        let place = folder.appending(path: "sockets")
        try MachineFolder.makeSockets(place)
        try MachineFolder.makeSockets(place)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: place.path)
        XCTAssertThrowsError(try MachineFolder.makeSockets(place))
        let link = folder.appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: folder)
        XCTAssertThrowsError(try MachineFolder.makeSockets(link))
    }

    /// /tmp is empty after a boot of the control host.
    func testTheSocketsFolderIsMadeAnewForAKeptMachine() async throws {
        let machines = try temporaryFolder().appending(path: "machines")
        let mark = try DomainMark(folder: machines.appending(path: "boma-it-a"))
            .marking("<name></name>", accelerator: .kvm)
        let sockets = try temporaryFolder().appending(path: "sockets")
        try await MachineFolder.$sockets.withValue(sockets) {
            _ = try await self.attach(self.record("boma-it-a"), state: "running", mark: mark, in: machines)
            XCTAssertEqual(FilePresence(of: sockets), .there)
            try FileManager.default.removeItem(at: sockets)
            let config = try MachineFolder(url: machines).readySSHConfig()
            XCTAssertEqual(config, MachineFolder(url: machines).sshConfig)
            XCTAssertEqual(FilePresence(of: sockets), .there)
        }
    }

    /// A restored domain is a transient one: it would be gone with the control host's power.
    func testAKeptMachineIsDefinedAlsoWhenItWasRestored() async throws {
        let folder = MachineFolder(url: try temporaryFolder())
        let runner = ScriptedRunner { command in
            command.arguments.contains("list") ? (0, "another\n") : (0, "<domain type='kvm'></domain>")
        }
        let virsh = Virsh(runner: runner, uri: "test")
        let fresh = record("boma-it-a", kept: nil)
        let machine = Machine(
            record: fresh, folder: folder, virsh: virsh, runner: runner, accelerator: .kvm, timeFactor: 1, say: { _ in }
        )
        func orders() -> [String] { runner.commands.compactMap { $0.arguments.dropFirst(2).first } }
        try await machine.keep(because: "I look")
        XCTAssertEqual(orders(), ["metadata", "list", "dumpxml", "define"])
        try await fresh.keep(because: "I look", in: folder.url, virsh: virsh)
        XCTAssertEqual(orders().suffix(4), ["metadata", "list", "dumpxml", "define"], "also by boma-it keep")
        XCTAssertEqual(MachineRecord.read(in: folder.url)?.keptBecause, "I look")
    }

    func testKeepPolicies() {
        XCTAssertEqual([true, false].map(KeepPolicy.onFailure.keeps), [true, false])
        XCTAssertEqual([true, false].map(KeepPolicy.always.keeps), [true, true])
        XCTAssertEqual([true, false].map(KeepPolicy.never.keeps), [false, false])
    }

    func testTheAnswersOfLibvirtAndTheDiskAreRead() {
        let stats = """
            Domain: 'one'
              state.state=1
              state.reason=1
              balloon.current=3145728
              balloon.maximum=3145728

            Domain: 'two'
              state.state=5
            """
        XCTAssertEqual(
            MachineStatus.domains(in: stats),
            ["one": .init(state: "running", memoryMiB: 3072), "two": .init(state: "shut off", memoryMiB: nil)])
        XCTAssertEqual(MachineStatus.sizes(in: "12\t/a b/one\n\n3\t/two"), ["/a b/one": 12, "/two": 3])
    }
}
