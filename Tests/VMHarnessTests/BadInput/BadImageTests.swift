import Foundation
import XCTest

@testable import VMHarness

/// Image files that must not become a golden image. A record of all commands shows that libvirt is never asked.
final class BadImageTests: XCTestCase {
    private func check(
        _ name: String, says: String, names own: Bool = true, _ make: (URL, SystemCommandRunner) async throws -> Void
    ) async throws {
        let folder = try temporaryFolder()
        let image = folder.appending(path: "own.qcow2")
        var configuration = try HarnessConfiguration(
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"], packageRoot: folder)
        configuration.cache = folder.appending(path: "cache")
        configuration.image.source = "file"
        configuration.image.file = image
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: configuration.toolEnvironment)
        do {
            try await make(image, runner)
        } catch let error as MissingToolError {
            throw XCTSkip("\(error)")
        }
        let store = GoldenImageStore(configuration: configuration, runner: runner, say: { _ in })
        let start = ContinuousClock.now
        await assertThrows({ try await store.ensure() }) {
            XCTAssertTrue((says.isEmpty || $0.contains(says)) && $0.contains("; fix: "), "\(name): \($0)")
            XCTAssertTrue(!own || $0.contains("own.qcow2") && $0.contains("BOMA_IT_IMAGE_FILE"), "\(name): \($0)")
        }
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(20), name)
        let left = (try? FileManager.default.contentsOfDirectory(atPath: store.folder.path)) ?? []
        XCTAssertEqual(left.filter { $0 != "lock" }, [], "\(name): nothing of it stays in the cache")
        let log = (try? String(contentsOf: runner.logs.appending(path: "commands.jsonl"), encoding: .utf8)) ?? ""
        XCTAssertFalse(log.contains("virsh") || log.contains("virt-install"), name)
    }

    private func qemuImg(_ words: [String], _ runner: SystemCommandRunner) async throws {
        try await runner.run(Command("qemu-img", words)).requireSuccess("making a bad image")
    }

    func testWhatIsNoImageOfItsOwnIsRefused() async throws {
        try await check("missing", says: "can't be read") { _, _ in }
        try await check("empty", says: "is not a qcow2 image") { image, _ in try Data().write(to: image) }
        try await check("text", says: "is not a qcow2 image") { image, _ in try Data("hello\n".utf8).write(to: image) }
        try await check("a wrong magic", says: "is not a qcow2 image") { image, runner in
            try await self.qemuImg(["create", "-q", "-f", "qcow2", image.path, "8M"], runner)
            let handle = try FileHandle(forUpdating: image)
            try handle.write(contentsOf: Data("XFI\u{7b}".utf8))
            try handle.close()
        }
        try await check("only the magic", says: "is not a qcow2 image") { image, _ in
            try Data([0x51, 0x46, 0x49, 0xFB]).write(to: image)
        }
        try await check("random bytes after the magic", says: "is not a qcow2 image") { image, _ in
            try (Data([0x51, 0x46, 0x49, 0xFB]) + Data((0..<65536).map { UInt8($0 % 251) })).write(to: image)
        }
        for format in ["raw", "vmdk", "vdi", "vhdx", "vpc", "qed"] {
            try await check(format, says: "is not a qcow2 image") { image, runner in
                try await self.qemuImg(["create", "-q", "-f", format, image.path, "8M"], runner)
            }
        }
        try await check("sparse and huge", says: "is not a qcow2 image") { image, _ in
            try Data().write(to: image)
            try FileHandle(forWritingTo: image).truncate(atOffset: 1 << 34)
        }
    }

    func testWhatReadsOtherFilesOfThisHostIsRefused() async throws {
        for backing in ["/etc/passwd", "/nonexistent", "base.raw"] {
            try await check("backing \(backing)", says: "refers to another file") { image, runner in
                try await self.qemuImg(
                    ["create", "-q", "-u", "-f", "qcow2", "-b", backing, "-F", "raw", image.path, "8M"], runner)
            }
        }
        try await check("json backing", says: "refers to another file") { image, runner in
            try await self.qemuImg(
                [
                    "create", "-q", "-u", "-f", "qcow2", "-b",
                    #"json:{"driver":"raw","file":{"driver":"file","filename":"/etc/shadow"}}"#, "-F", "raw",
                    image.path,
                    "8M",
                ], runner)
        }
        try await check("external data", says: "refers to another file") { image, runner in
            let data = image.deletingLastPathComponent().appending(path: "data.raw")
            try await self.qemuImg(
                ["create", "-q", "-f", "qcow2", "-o", "data_file=\(data.path),data_file_raw=on", image.path, "8M"],
                runner)
        }
    }

    func testWhatIsDamagedIsRefused() async throws {
        try await check("truncated", says: "") { image, runner in
            let raw = image.appendingPathExtension("raw")
            try Data((0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }).write(to: raw)
            try await self.qemuImg(["convert", "-f", "raw", "-O", "qcow2", raw.path, image.path], runner)
            try FileHandle(forUpdating: image).truncate(atOffset: 1 << 20)
        }
        try await check("a table that points nowhere", says: "") { image, runner in
            try await self.qemuImg(["create", "-q", "-f", "qcow2", image.path, "8M"], runner)
            let handle = try FileHandle(forUpdating: image)
            // The offset of the refcount table.
            try handle.seek(toOffset: 48)
            try handle.write(contentsOf: Data([0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0]))
            try handle.close()
        }
    }

    func testWhatIsNoFileIsRefusedAndNotWaitedFor() async throws {
        try await check("a folder", says: "is not a regular file") { image, _ in
            try FileManager.default.createDirectory(at: image, withIntermediateDirectories: true)
        }
        try await check("a pipe", says: "is not a regular file") { image, _ in
            XCTAssertEqual(mkfifo(image.path, 0o600), 0)
        }
        try await check("a device", says: "is not a regular file") { image, _ in
            try FileManager.default.createSymbolicLink(at: image, withDestinationURL: URL(filePath: "/dev/zero"))
        }
        try await check("a link to itself", says: "can't be read") { image, _ in
            try FileManager.default.createSymbolicLink(at: image, withDestinationURL: image)
        }
    }

    func testADiskLargerThanTheMachinesIsRefused() async throws {
        let folder = try temporaryFolder()
        let image = folder.appending(path: "base.qcow2")
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"),
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
        try await qemuImg(["create", "-q", "-f", "qcow2", image.path, "30G"], runner)
        let tools = DiskTools(runner: runner)
        await assertThrows({
            try await tools.createOverlay(folder.appending(path: "o"), over: image, gibibytes: 20)
        }) { XCTAssertTrue($0.contains("30 GiB") && $0.contains("machine.disk_gib"), $0) }
        try await tools.createOverlay(folder.appending(path: "o"), over: image, gibibytes: 30)
    }
}
