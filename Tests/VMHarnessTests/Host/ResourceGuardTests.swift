import Foundation
import XCTest

@testable import VMHarness

/// Room on the host, with planted figures.
final class ResourceGuardTests: XCTestCase {
    private let stats = """
        Domain: 'a'
          balloon.current=1048576
          balloon.maximum=3145728
          balloon.rss=1048576
          block.count=2
          block.0.name=vda
          block.0.path=/nowhere/overlay.qcow2
          block.0.allocation=1073741824
          block.0.capacity=21474836480
          block.1.name=vdb
          block.1.path=/nowhere/seed=1.img
          block.1.allocation=380928
          block.1.capacity=380928

        Domain: 'over its promise'
          balloon.current=1048576
          balloon.maximum=1048576
          balloon.rss=2097152

        Domain: 'silent'
          balloon.current=524288
        """

    private func makeGuard(memory: Int = 512, disk: Int = 6144, domstats: String = "") throws -> ResourceGuard {
        var configuration = try HarnessConfiguration(environment: [:], packageRoot: URL(filePath: "/tmp"))
        configuration.cache = try temporaryFolder()
        configuration.host.memoryReserveMiB = memory
        configuration.host.diskReserveMiB = disk
        return ResourceGuard(
            virsh: Virsh(runner: ScriptedRunner { _ in (0, domstats) }, uri: "test"), configuration: configuration)
    }

    private func meminfo(_ mebibytes: Int) -> String { "MemTotal: 9 kB\nMemAvailable:    \(mebibytes << 10) kB\n" }

    func testWhatDomainsHaveNotTouchedYetIsPromised() {
        let claims = DomainClaim.all(domstats: stats)
        XCTAssertEqual(claims.map(\.memoryMiB), [2048, 0, 512], "the whole of one that says nothing, none below zero")
        XCTAssertEqual(claims[0].disks.map { $0.growthMiB(upTo: 6144) }, [5120, 0])
        XCTAssertEqual(claims[0].disks.map { $0.growthMiB(upTo: 1 << 40) }, [19456, 0])
        XCTAssertEqual(DomainClaim.all(domstats: ""), [])
    }

    func testMemoryThatIsPromisedIsNotFree() throws {
        let guardian = try makeGuard()
        XCTAssertEqual(try guardian.checkMemory(for: Profile.Size(), meminfo: meminfo(3584), promisedMiB: 0), 3584)
        XCTAssertThrowsError(try guardian.checkMemory(for: Profile.Size(), meminfo: meminfo(3583), promisedMiB: 0)) {
            let text = "\($0)"
            XCTAssertTrue(text.hasPrefix("memory: 3583 MiB free, 3584 MiB needed (3072 for the machine"), text)
            XCTAssertTrue(text.contains("BOMA_IT_RAM_RESERVE_MIB"), text)
        }
        XCTAssertThrowsError(try guardian.checkMemory(for: Profile.Size(), meminfo: meminfo(8000), promisedMiB: 5000)) {
            XCTAssertTrue(
                "\($0)".contains("3000 MiB free and not promised to running virtual machines (5000"), "\($0)")
        }
        XCTAssertThrowsError(
            try guardian.checkMemory(for: Profile.Size(), meminfo: "no such line", promisedMiB: 0), "fail closed")
    }

    func testDiskThatThinOverlaysWillTakeIsNotFree() throws {
        let guardian = try makeGuard()
        XCTAssertEqual(try guardian.checkDisk(freeMiB: 11264, promisedMiB: 5120), 6144)
        XCTAssertThrowsError(try guardian.checkDisk(freeMiB: 11263, promisedMiB: 5120)) {
            let text = "\($0)"
            XCTAssertTrue(text.hasPrefix("disk: 6143 MiB free in /"), text)
            XCTAssertTrue(text.contains("(5120 MiB are), 6144 MiB needed"), text)
            XCTAssertTrue(text.contains("BOMA_IT_DISK_RESERVE_MIB") && text.contains("BOMA_IT_CACHE"), text)
        }
    }

    func testTheFiguresAreThoseOfThisHostAndOfItsDomains() async throws {
        let quiet = try await makeGuard(memory: 0).checkMemory(for: Profile.Size())
        let busy = try await makeGuard(memory: 0, domstats: stats).checkMemory(for: Profile.Size())
        XCTAssertEqual(Double(quiet - busy), 2560, accuracy: 1024, "what the domains may still touch")
        let free = try await makeGuard(disk: 4096).checkDisk()
        let promised = try await makeGuard(disk: 4096, domstats: stats).checkDisk()
        XCTAssertEqual(Double(free - promised), 3072, accuracy: 1024, "what the overlay may still grow")
        let huge = try makeGuard(memory: 1 << 40, disk: 1 << 40)
        await assertThrows({ try await huge.check(Profile.Size()) }) { XCTAssertTrue($0.hasPrefix("memory: "), $0) }
        await assertThrows({ try await huge.checkDisk() }) { XCTAssertTrue($0.hasPrefix("disk: "), $0) }
    }

    func testWithoutAnAnswerNothingStarts() async throws {
        var configuration = try HarnessConfiguration(environment: [:], packageRoot: URL(filePath: "/tmp"))
        configuration.cache = try temporaryFolder()
        let mute = ResourceGuard(
            virsh: Virsh(runner: ScriptedRunner { _ in (1, "no") }, uri: "test"), configuration: configuration)
        await assertThrows({ try await mute.check(Profile.Size()) }) {
            XCTAssertTrue($0.contains("what running virtual machines may still take"), $0)
        }
    }
}
