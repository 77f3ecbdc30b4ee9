import Foundation
import XCTest

@testable import VMHarness

final class HostTests: XCTestCase {
    func testPromisedMemoryIsSubtracted() {
        XCTAssertEqual(ResourceGuard.availableMiB(meminfo: "MemTotal: 9 kB\nMemAvailable:    4096000 kB\n"), 4000)
        let stats = """
            Domain: 'a'
              balloon.current=3145728
              balloon.rss=1048576
            Domain: 'b'
              balloon.current=1048576
              balloon.rss=2097152
            """
        XCTAssertEqual(ResourceGuard.promisedMiB(domstats: stats), 2048, "a domain over its promise gives nothing back")
    }

    func testTooLittleMemoryOrDiskNamesFigureAndSetting() async throws {
        var configuration = try HarnessConfiguration(environment: [:], packageRoot: URL(filePath: "/tmp"))
        configuration.cache = try temporaryFolder()
        let virsh = Virsh(runner: ScriptedRunner { _ in (0, "") }, uri: "test")
        configuration.memoryReserveMiB = 1 << 40
        let memory = ResourceGuard(virsh: virsh, configuration: configuration)
        await assertThrows({ try await memory.check(Profile.Size()) }) {
            XCTAssertTrue($0.hasPrefix("memory:") && $0.contains("BOMA_IT_RAM_RESERVE_MIB"), $0)
        }
        configuration.memoryReserveMiB = -1 << 20
        configuration.diskReserveMiB = 1 << 40
        let disk = ResourceGuard(virsh: virsh, configuration: configuration)
        await assertThrows({ try await disk.check(Profile.Size()) }) {
            XCTAssertTrue($0.hasPrefix("disk:") && $0.contains("BOMA_IT_DISK_RESERVE_MIB"), $0)
        }
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

    func testBootSectorIsOne() {
        let sector = AcceleratorProof.bootSector
        XCTAssertEqual(sector.count, 512)
        XCTAssertEqual(Array(sector.suffix(2)), [0x55, 0xAA])
    }
}
