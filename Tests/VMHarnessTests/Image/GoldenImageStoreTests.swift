import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// The cache with small images of our own. Needs qemu-img and curl, no machine.
final class GoldenImageStoreTests: XCTestCase {
    private struct Bench {
        var configuration: HarnessConfiguration
        let runner: SystemCommandRunner
        let image: URL
        var store: GoldenImageStore { GoldenImageStore(configuration: configuration, runner: runner, say: { _ in }) }
    }

    private func makeBench(source: String) async throws -> Bench {
        let folder = try temporaryFolder()
        var configuration = try HarnessConfiguration(
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""], packageRoot: folder)
        configuration.cache = folder.appending(path: "cache")
        configuration.image.source = source
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: configuration.toolEnvironment)
        let site = folder.appending(path: "site")
        try FileManager.default.createDirectory(at: site, withIntermediateDirectories: true)
        let image = site.appending(path: "debian.qcow2")
        do {
            try await runner.run(Command("qemu-img", ["create", "-q", "-f", "qcow2", image.path, "8M"])).requireSuccess(
                "")
        } catch let error as MissingToolError {
            throw XCTSkip("\(error)")
        }
        return Bench(configuration: configuration, runner: runner, image: image)
    }

    func testAnOwnFileIsCopiedReadOnlyWithItsDigestInTheName() async throws {
        var bench = try await makeBench(source: "file")
        bench.configuration.image.file = bench.image
        let golden = try await bench.store.ensure()
        let digest = try await FileTools(runner: bench.runner).sha256(of: bench.image)
        XCTAssertTrue(golden.file.lastPathComponent.contains(digest.prefix(12)), golden.file.path)
        let mode = try FileManager.default.attributesOfItem(atPath: golden.file.path)[.posixPermissions] as? NSNumber
        XCTAssertEqual(mode?.intValue, 0o444)
        try FileManager.default.removeItem(at: bench.image)
        let again = try await bench.store.ensure()
        XCTAssertEqual(again.file, golden.file, "the second time it comes from the cache")
    }

    func testACorruptImageIsRefusedBeforeUse() async throws {
        var bench = try await makeBench(source: "file")
        bench.configuration.image.file = bench.image
        let golden = try await bench.store.ensure()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: golden.file.path)
        let handle = try FileHandle(forWritingTo: golden.file)
        try handle.seek(toOffset: 100)
        try handle.write(contentsOf: Data([1]))
        try handle.close()
        await assertThrows({ try await bench.store.ensure() }) {
            XCTAssertTrue($0.contains("is corrupt") && $0.contains("remove it"), $0)
        }
    }

    func testAFileThatIsNoImageIsRefused() async throws {
        var bench = try await makeBench(source: "file")
        try Data("not an image".utf8).write(to: bench.image)
        bench.configuration.image.file = bench.image
        await assertThrows({ try await bench.store.ensure() }) { XCTAssertTrue($0.contains("qcow2"), $0) }
        let left = try FileManager.default.contentsOfDirectory(
            atPath: bench.configuration.cache.appending(path: "images").path)
        XCTAssertEqual(left.filter { $0.hasSuffix(".qcow2") || $0.hasSuffix(".json") }, [])
    }

    func testADownloadIsCheckedAgainstThePublishedDigest() async throws {
        var bench = try await makeBench(source: "debian")
        bench.configuration.image.url = "file://\(bench.image.path)"
        let sums = bench.image.deletingLastPathComponent().appending(path: "SHA512SUMS")
        let digest = try await FileTools(runner: bench.runner).sha512(of: bench.image)
        try "\(String(repeating: "0", count: 128))  debian.qcow2\n".write(to: sums, atomically: true, encoding: .utf8)
        await assertThrows({ try await bench.store.ensure() }) {
            XCTAssertTrue($0.contains("does not have Debian's digest"), $0)
        }
        try "\(digest)  debian.qcow2\n".write(to: sums, atomically: true, encoding: .utf8)
        let golden = try await bench.store.ensure()
        XCTAssertEqual(golden.provenance.source, "debian")
        XCTAssertEqual(golden.provenance.publishedSHA512, digest)
    }

    func testAnInterruptedDownloadGoesOn() async throws {
        var bench = try await makeBench(source: "debian")
        bench.configuration.image.url = "file://\(bench.image.path)"
        let digest = try await FileTools(runner: bench.runner).sha512(of: bench.image)
        try "\(digest) *debian.qcow2\n".write(
            to: bench.image.deletingLastPathComponent().appending(path: "SHA512SUMS"), atomically: true, encoding: .utf8
        )
        let images = bench.configuration.cache.appending(path: "images")
        try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
        let start = try Data(contentsOf: bench.image).prefix(5000)
        try start.write(to: images.appending(path: "debian.qcow2-\(digest.prefix(12)).part"))
        let golden = try await bench.store.ensure()
        XCTAssertEqual(golden.provenance.publishedSHA512, digest)
        let log = try String(
            contentsOf: bench.runner.logs.appending(path: "commands.jsonl"), encoding: .utf8)
        XCTAssertTrue(log.contains("--continue-at -"), log)
    }

    func testAutoSaysWhichSourcesFailedAndWhichItTook() async throws {
        var bench = try await makeBench(source: "auto")
        bench.configuration.image.url = "file:///nowhere/debian.qcow2"
        bench.configuration.image.file = bench.image
        let said = Mutex<[String]>([])
        let store = GoldenImageStore(configuration: bench.configuration, runner: bench.runner) { line in
            said.withLock { $0.append(line) }
        }
        let golden = try await store.ensure()
        XCTAssertEqual(golden.provenance.source, "file")
        let text = said.withLock { $0.joined(separator: "\n") }
        XCTAssertTrue(text.contains("source 'debian' not usable") && text.contains("taken from source 'file'"), text)
    }

    func testTheLockIsHeldByOne() throws {
        let file = try temporaryFolder().appending(path: "lock")
        let first = try XCTUnwrap(try FileLock(file))
        XCTAssertNil(try FileLock(file))
        withExtendedLifetime(first) {}
    }

    /// Without root, what a broken-off build leaves belongs to a subordinate user, and only mmdebstrap can remove it. Nobody can
    /// remove what lies below /proc, root neither.
    func testATreeOfASubordinateUserIsRemovedByMmdebstrapsHelper() async throws {
        let runner = ScriptedRunner { _ in (0, "") }
        await ImageSources.removeBuild(URL(filePath: "/proc/self/ns"), runner: runner)
        XCTAssertEqual(
            runner.commands.map(\.line), ["mmdebstrap --unshare-helper rm -rf --one-file-system -- /proc/self/ns/tree"])
        let plain = try temporaryFolder().appending(path: "build")
        try FileManager.default.createDirectory(
            at: plain.appending(path: "tree"), withIntermediateDirectories: true)
        await ImageSources.removeBuild(plain, runner: runner)
        XCTAssertEqual(FilePresence(of: plain), .missing)
        XCTAssertEqual(runner.commands.count, 1)
    }
}
