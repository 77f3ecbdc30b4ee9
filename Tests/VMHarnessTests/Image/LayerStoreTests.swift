import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// The store of layers with small images of our own. Needs qemu-img, no machine.
final class LayerStoreTests: XCTestCase {
    private struct Bench {
        let folder: URL
        let runner: SystemCommandRunner
        let said = Said()
        var store: LayerStore { LayerStore(cache: folder, runner: runner, say: said.say) }
        var layers: URL { folder.appending(path: "layers") }

        func key(_ texts: [String: String]) async throws -> LayerKey {
            try await LayerKey(subject: "askari", texts: texts, trees: [:], scratch: folder, runner: runner)
        }

        func adopt(_ key: LayerKey, isInUse: (URL) -> Bool = { _ in false }) async throws -> URL {
            let overlay = folder.appending(path: "overlay-\(UUID().uuidString).qcow2")
            try await runner.run(Command("qemu-img", ["create", "-q", "-f", "qcow2", overlay.path, "4M"]))
                .requireSuccess("")
            return try await store.adopt(overlay, as: key, isInUse: isInUse)
        }
    }

    private func makeBench() async throws -> Bench {
        let folder = try temporaryFolder()
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"),
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
        do {
            _ = try await runner.run(Command("qemu-img", ["--version"]))
        } catch let error as MissingToolError {
            throw XCTSkip("\(error)")
        }
        return Bench(folder: folder, runner: runner)
    }

    func testTheSameInputsFindTheLayerAndAnyChangeMisses() async throws {
        let bench = try await makeBench()
        let key = try await bench.key(["golden image": "a", "playbook": "b"])
        let missing = try await bench.store.layer(key)
        XCTAssertNil(missing)
        let made = try await bench.adopt(key)
        let found = try await bench.store.layer(try await bench.key(["playbook": "b", "golden image": "a"]))
        XCTAssertEqual(found, made)
        let other = try await bench.store.layer(try await bench.key(["golden image": "a", "playbook": "c"]))
        XCTAssertNil(other)
        XCTAssertTrue(bench.said.text.contains("changed since \(key.hash.prefix(12)): playbook"), bench.said.text)
    }

    func testEveryFileOfTheRepositoryCounts() async throws {
        let bench = try await makeBench()
        let tree = bench.folder.appending(path: "tree")
        func write(_ path: String, _ text: String) throws {
            let file = tree.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        func hash() async throws -> String {
            try await LayerKey(
                subject: "a", texts: [:], trees: ["repository": tree], scratch: bench.folder, runner: bench.runner
            ).hash
        }
        try write("roles/base/tasks/main.yml", "one")
        try write(".git/index", "one")
        let first = try await hash()
        try write(".git/index", "two")
        let same = try await hash()
        XCTAssertEqual(first, same, "version control's own files don't count")
        try write("roles/base/tasks/main.yml", "two")
        let changed = try await hash()
        XCTAssertNotEqual(first, changed)
        try write("roles/base/files/new\nname", "x")
        let added = try await hash()
        XCTAssertNotEqual(changed, added)
    }

    func testADamagedLayerIsRemovedAndNeverUsed() async throws {
        let bench = try await makeBench()
        let key = try await bench.key(["a": "b"])
        for damage in ["flipped", "truncated", "gone", "old", "unrecorded"] {
            let file = try await bench.adopt(key)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
            let handle = try FileHandle(forWritingTo: file)
            let record = bench.layers.appending(path: "\(key.hash).json")
            switch damage {
            case "flipped":
                try handle.seek(toOffset: 70)
                try handle.write(contentsOf: Data([0xFF]))
            case "truncated": try handle.truncate(atOffset: 100)
            case "gone": try FileManager.default.removeItem(at: file)
            case "old":
                let text = try String(contentsOf: record, encoding: .utf8)
                    .replacingOccurrences(of: #""created" : "20"#, with: #""created" : "19"#)
                try text.write(to: record, atomically: true, encoding: .utf8)
            default: try FileManager.default.removeItem(at: record)
            }
            try handle.close()
            let found = try await bench.store.layer(key)
            XCTAssertNil(found, damage)
            XCTAssertFalse(FileManager.default.fileExists(atPath: record.path), damage)
        }
    }

    func testTheStoreIsBoundedAndSparesLayersInUse() async throws {
        let bench = try await makeBench()
        var files: [URL] = []
        for number in 0...LayerStore.capacity + 1 {
            let oldest = files.first
            files.append(try await bench.adopt(try await bench.key(["n": "\(number)"])) { $0 == oldest })
            // The record's times have whole seconds; make the order plain.
            try await Task.sleep(for: .milliseconds(1100))
        }
        XCTAssertEqual(bench.store.all().count, LayerStore.capacity + 1)
        XCTAssertTrue(FileManager.default.fileExists(atPath: files[0].path), "in use")
        XCTAssertFalse(FileManager.default.fileExists(atPath: files[1].path), "used longest ago")
    }
}

private final class Said: Sendable {
    private let lines = Mutex<[String]>([])
    var say: @Sendable (String) -> Void { { line in self.lines.withLock { $0.append(line) } } }
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
