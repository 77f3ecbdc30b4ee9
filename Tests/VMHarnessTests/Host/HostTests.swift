import Foundation
import Synchronization
import XCTest

@testable import VMHarness

final class HostTests: XCTestCase {
    /// Who waits is told for whom, and has the lock as soon as it is free.
    func testAWaitEndsWithTheOtherRunAndSaysWhoseItIs() async throws {
        let file = try temporaryFolder().appending(path: "lock")
        var first: HostLock? = try HostLock(run: "one", file: file)
        let said = Mutex<[String]>([])
        let waiting = Task { try await HostLock.wait(file: file) { text in said.withLock { $0.append(text) } } }
        while said.withLock(\.isEmpty) { try await Task.sleep(for: .milliseconds(20)) }
        XCTAssertTrue(said.withLock { $0[0] }.contains("run one, pid \(ProcessInfo.processInfo.processIdentifier)"))
        withExtendedLifetime(first) {}
        first = nil
        let second = try await waiting.value
        XCTAssertThrowsError(try HostLock(file: file), "it was not taken")
        withExtendedLifetime(second) {}
        XCTAssertEqual(said.withLock(\.count), 1, "said once")
        // Ctrl-C ends a wait.
        let ended = Task { try await HostLock.wait(file: file) { _ in } }
        ended.cancel()
        do {
            _ = try await ended.value
            XCTFail("it goes on")
        } catch { XCTAssertTrue(error is CancellationError, "\(error)") }
        withExtendedLifetime(second) {}
    }

    func testSecondRunIsToldWhoHoldsTheHost() throws {
        let file = try temporaryFolder().appending(path: "lock")
        let first = try HostLock(run: "one", file: file)
        defer { withExtendedLifetime(first) {} }
        XCTAssertThrowsError(try HostLock(run: "two", file: file)) { error in
            let text = "\(error)"
            XCTAssertTrue(
                text.contains("run one") && text.contains("pid \(ProcessInfo.processInfo.processIdentifier)"), text)
        }
    }

    func testProcessesAreKnownByMoreThanTheirNumber() {
        let me = ProcessIdentity.current
        XCTAssertTrue(me.isAlive)
        XCTAssertFalse(ProcessIdentity(pid: me.pid, start: "1", hostBoot: me.hostBoot).isAlive)
        XCTAssertFalse(ProcessIdentity(pid: me.pid, start: me.start, hostBoot: "another").isAlive)
    }

    func testTakenSubnetsAreSeen() throws {
        let routes = #"""
            [{"dst":"default","gateway":"192.0.2.1","dev":"eth0"},{"dst":"192.168.213.0/24","dev":"eth1"},
             {"dst":"10.0.0.0/8","dev":"wg0"},{"dst":"192.168.7.0/24","dev":"boma-it-br0"},{"dst":"192.168.9.4","dev":"tun0"}]
            """#
        XCTAssertEqual(try IsolatedNetwork.conflict(of: "192.168.213", inRoutes: routes), "192.168.213.0/24 dev eth1")
        XCTAssertEqual(try IsolatedNetwork.conflict(of: "10.20.10", inRoutes: routes), "10.0.0.0/8 dev wg0")
        XCTAssertEqual(try IsolatedNetwork.conflict(of: "192.168.9", inRoutes: routes), "192.168.9.4 dev tun0")
        XCTAssertNil(try IsolatedNetwork.conflict(of: "192.168.7", inRoutes: routes), "our own bridge")
        XCTAssertNil(try IsolatedNetwork.conflict(of: "172.20.1", inRoutes: routes))
    }

    func testOldEmulationIsRefused() async throws {
        let versions = "Using library: libvirt 9.0.0\nRunning hypervisor: QEMU 7.2.22\n"
        XCTAssertEqual(AcceleratorProof.qemuMajor(in: versions), 7)
        let proof = AcceleratorProof(
            virsh: Virsh(runner: ScriptedRunner { _ in (1, "") }, uri: "test"), cache: try temporaryFolder(),
            say: { _ in })
        await assertThrows({ try await proof.accelerator(wanted: "tcg", versions: versions) }) {
            XCTAssertTrue($0.contains("QEMU 7") && $0.contains("make setup"), $0)
        }
    }

    func testKVMIsNotChosenWhenNothingRunsInIt() async throws {
        let proof = AcceleratorProof(
            virsh: Virsh(runner: ScriptedRunner { _ in (1, "no such type") }, uri: "test"),
            cache: try temporaryFolder(),
            say: { _ in })
        let versions = "Running hypervisor: QEMU 10.0.2\n"
        let found = try await proof.accelerator(wanted: "auto", versions: versions)
        XCTAssertEqual(found, .tcg)
        await assertThrows({ try await proof.accelerator(wanted: "kvm", versions: versions) })
    }

    /// A finding that was made by running less than a machine's firmware does not count.
    func testAnOlderFindingIsMadeAnew() async throws {
        let cache = try temporaryFolder()
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let versions = "Running hypervisor: QEMU 10.0.2\n"
        let old = ["hostBoot": boot, "versions": versions, "accelerator": "kvm"]
        var proof = AcceleratorProof(
            virsh: Virsh(runner: ScriptedRunner { _ in (1, "no such type") }, uri: "test"), cache: cache, say: { _ in })
        proof.device = cache
        for (proven, expected) in [(nil, Accelerator.tcg), ("firmware", .kvm)] {
            let finding = proven.map { old.merging(["proof": $0]) { $1 } } ?? old
            try JSONEncoder().encode(finding).write(to: cache.appending(path: "accelerator.json"))
            let found = try await proof.accelerator(wanted: "auto", versions: versions)
            XCTAssertEqual(found, expected)
        }
        proof.device = cache.appending(path: "nothing")
        let withoutModule = try await proof.accelerator(wanted: "auto", versions: versions)
        XCTAssertEqual(withoutModule, .tcg, "the module was unloaded since")
    }

    /// The module may have been loaded since, or the hypervisor that held the processor has ended.
    func testThatKVMDoesNotWorkIsNotRemembered() async throws {
        let cache = try temporaryFolder()
        let versions = "Running hypervisor: QEMU 10.0.2\n"
        let works = Mutex(false)
        let runner = ScriptedRunner { command in
            guard command.arguments.contains("create"), works.withLock({ $0 }) else { return (1, "no KVM") }
            // The firmware's word, where the definition has its serial port.
            let file = URL(filePath: command.arguments.last ?? "").deletingLastPathComponent()
            try? Data("BdsDxe".utf8).write(to: file.appending(path: "serial.log"))
            return (0, "")
        }
        let proof = AcceleratorProof(virsh: Virsh(runner: runner, uri: "test"), cache: cache, say: { _ in })
        for expected in [Accelerator.tcg, .tcg, .kvm] {
            works.withLock { $0 = expected == .kvm }
            let found = try await proof.accelerator(wanted: "auto", versions: versions)
            XCTAssertEqual(found, expected)
        }
    }
}
