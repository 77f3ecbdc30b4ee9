import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// The store of layers with small images of our own. Needs qemu-img and setfacl, no machine.
final class LayerStoreTests: XCTestCase {
    private struct Bench {
        let folder: URL
        let runner: SystemCommandRunner
        let said = Said()
        let store: LayerStore
        var layers: URL { folder.appending(path: "layers") }

        init(folder: URL, limitMiB: Int = 1000) throws {
            self.folder = folder
            runner = try SystemCommandRunner(
                logs: folder.appending(path: "logs"),
                environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
            store = LayerStore(cache: folder, limitMiB: limitMiB, runner: runner, say: said.say)
        }

        /// The same store as another process would see it.
        var reopened: LayerStore { LayerStore(cache: folder, limitMiB: 1000, runner: runner, say: said.say) }

        func key(_ texts: [String: String], stage: String = "packages") async throws -> LayerKey {
            try await LayerKey(
                subject: "askari", stage: stage, texts: texts, trees: [:], scratch: folder, runner: runner)
        }

        func adopt(
            _ key: LayerKey, over parent: Layer? = nil, mebibytes: Int = 0, isInUse: (URL) -> Bool = { _ in false }
        )
            async throws -> Layer
        {
            let draft = try store.draft()
            var arguments = ["create", "-q", "-f", "qcow2", Layer.disk(in: draft).path, "4M"]
            if let parent {
                arguments = ["create", "-q", "-f", "qcow2", "-b", parent.disk.path, "-F", "qcow2", arguments[4]]
            }
            try await runner.run(Command("qemu-img", arguments)).requireSuccess("")
            try Data(count: max(mebibytes << 20, 100)).write(to: Layer.memory(in: draft))
            return try await store.adopt(draft, as: key, over: parent, readableBy: 0, isInUse: isInUse)
        }
    }

    private func makeBench(limitMiB: Int = 1000) async throws -> Bench {
        let bench = try Bench(folder: try temporaryFolder(), limitMiB: limitMiB)
        do {
            _ = try await bench.runner.run(Command("qemu-img", ["--version"]))
            _ = try await bench.runner.run(Command("setfacl", ["--version"]))
        } catch let error as MissingToolError {
            throw XCTSkip("\(error)")
        }
        return bench
    }

    /// A host that is short of memory for a moment says nothing about a layer that took ten minutes to make.
    func testOnlyWhatSaysSomethingAboutALayerDiscardsIt() async throws {
        let bench = try await makeBench()
        let key = try await bench.key(["golden image": "a"])
        let layer = try await bench.adopt(key)
        func restore(_ error: (any Error)?) async throws -> Int? {
            try await LayerHandling.restore(from: layer, in: bench.store, say: bench.said.say) {
                if let error { throw error }
                return 1
            }
        }
        func isThere() async throws -> Bool { try await bench.store.layer(key) != nil }

        let lowMemory = HarnessTrouble("memory", why: "100 MiB free, 3584 MiB needed", fix: "end kept machines")
        for _ in 0..<3 {
            let nothing = try await restore(lowMemory)
            XCTAssertNil(nothing, "booted instead, which says the same when the memory is still short")
        }
        var there = try await isThere()
        XCTAssertTrue(there)

        // What may be the host's fault counts only twice in a row.
        let unclear = LayerFault(problem: "QEMU closed the monitor", isCertain: false)
        for error in [unclear, nil] as [(any Error)?] { _ = try await restore(error) }
        _ = try await restore(unclear)
        there = try await isThere()
        XCTAssertTrue(there)
        _ = try await restore(unclear)
        there = try await isThere()
        XCTAssertFalse(there)

        _ = try await bench.adopt(key)
        _ = try await restore(LayerFault(problem: "another boot", isCertain: true))
        there = try await isThere()
        XCTAssertFalse(there)
        await assertThrows({ try await restore(CancellationError()) })
    }

    func testWhatTheHostLacksIsNotBlamedOnTheLayer() async throws {
        func blame(_ words: String) async -> String {
            do {
                try await MachineBuilder.blamingLayer {
                    throw CommandError(
                        purpose: "restoring",
                        result: CommandResult(
                            command: Command("virsh", ["restore"]), ending: .exited(1), duration: .zero, output: "",
                            errorOutput: words, log: nil), hint: nil)
                }
                return "nobody"
            } catch {
                return error is LayerFault ? "layer" : "host"
            }
        }
        for (words, expected) in [
            ("qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", "host"),
            ("error: Requested operation is not valid: network 'boma-it-net' is not active", "host"),
            ("error: failed to connect to the hypervisor", "host"),
            ("error: internal error: QEMU unexpectedly closed the monitor", "layer"),
            ("askari: Permission denied (publickey).", "layer"),
        ] {
            let blamed = await blame(words)
            XCTAssertEqual(blamed, expected, words)
        }
        let ended = try XCTUnwrap(WatchedRunner.trouble("boma-it-a", state: "shut off (crashed)"))
        let full = try XCTUnwrap(WatchedRunner.trouble("boma-it-a", state: "paused (I/O error)"))
        for (trouble, isLayers) in [(ended, true), (full, false)] {
            do {
                try await MachineBuilder.blamingLayer { throw trouble }
                XCTFail("nothing thrown")
            } catch { XCTAssertEqual(error is LayerFault, isLayers, "\(error)") }
        }
    }

    /// A machine that a layer is made of ends wherever the making fails: else it would run on beside the test's own.
    func testAFailureWhileALayerIsMadeEndsItsMachine() async throws {
        let folder = try temporaryFolder()
        let draft = folder.appending(path: "draft")
        let ends = Mutex(0)
        func make(draftFails: Bool, workFails: Bool) async throws -> Int {
            try await LayerHandling.make(in: {
                if draftFails { throw POSIXError(.ENOSPC) }
                try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: true)
                return draft
            }) { _ in
                if workFails { throw CancellationError() }
                return 1
            } orEnd: {
                ends.withLock { $0 += 1 }
            }
        }
        await assertThrows({ try await make(draftFails: true, workFails: false) })
        XCTAssertEqual(ends.withLock { $0 }, 1, "a draft that can't be made")
        await assertThrows({ try await make(draftFails: false, workFails: true) })
        XCTAssertEqual(ends.withLock { $0 }, 2, "sealing or saving that fails")
        XCTAssertEqual(FilePresence(of: draft), .missing)
        let made = try await make(draftFails: false, workFails: false)
        XCTAssertEqual(made, 1)
        XCTAssertEqual(ends.withLock { $0 }, 2)
        XCTAssertEqual(FilePresence(of: draft), .there)
    }

    func testTheSameInputsFindTheLayerAndAnyChangeMisses() async throws {
        let bench = try await makeBench()
        let key = try await bench.key(["golden image": "a", "playbook": "b"])
        let missing = try await bench.store.layer(key)
        XCTAssertNil(missing)
        let made = try await bench.adopt(key)
        let found = try await bench.store.layer(try await bench.key(["playbook": "b", "golden image": "a"]))
        XCTAssertEqual(found?.disk, made.disk)
        XCTAssertEqual(found?.isWarm, true)
        XCTAssertEqual(bench.store.history.used, "packages \(key.hash.prefix(12))")
        XCTAssertEqual(bench.store.history.misses, ["packages: no such layer of askari yet"])
        let other = try await bench.store.layer(try await bench.key(["golden image": "a", "playbook": "c"]))
        XCTAssertNil(other)
        XCTAssertTrue(bench.said.text.contains("changed since \(key.hash.prefix(12)): playbook"), bench.said.text)
        let stage = try await bench.store.layer(
            try await bench.key(["golden image": "a", "playbook": "b"], stage: "x"))
        XCTAssertNil(stage)
        XCTAssertTrue(bench.said.text.contains("no such layer of askari yet"), bench.said.text)
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
                subject: "a", stage: "s", texts: [:], trees: ["repository": tree], scratch: bench.folder,
                runner: bench.runner
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

    /// A role that is a link to a shared checkout is as much an input as one that lies here.
    func testFilesBehindLinksCount() async throws {
        let bench = try await makeBench()
        let tree = bench.folder.appending(path: "tree"), shared = bench.folder.appending(path: "shared/role")
        for folder in [tree.appending(path: "roles"), shared] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        try Data("one".utf8).write(to: shared.appending(path: "main.yml"))
        let files = FileManager.default
        try files.createSymbolicLink(at: tree.appending(path: "roles/common"), withDestinationURL: shared)
        try files.createSymbolicLink(
            at: tree.appending(path: "file.yml"), withDestinationURL: shared.appending(path: "main.yml"))
        for (name, target) in [("up", tree.deletingLastPathComponent()), ("root", URL(filePath: "/")), ("self", tree)] {
            try files.createSymbolicLink(at: tree.appending(path: name), withDestinationURL: target)
        }
        try files.createSymbolicLink(at: shared.appending(path: "back"), withDestinationURL: tree)
        XCTAssertEqual(LayerKey.files(in: tree), ["file.yml", "roles/common/main.yml"])
        func hash() async throws -> String {
            try await LayerKey(
                subject: "a", stage: "s", texts: [:], trees: ["t": tree], scratch: bench.folder, runner: bench.runner
            ).hash
        }
        let before = try await hash()
        try Data("two".utf8).write(to: shared.appending(path: "main.yml"))
        let after = try await hash()
        XCTAssertNotEqual(before, after)
    }

    func testADamagedLayerIsRemovedAndNeverUsed() async throws {
        let bench = try await makeBench()
        let key = try await bench.key(["a": "b"])
        for damage in ["flipped", "truncated", "gone", "old", "unrecorded", "unreadable", "digest"] {
            let layer = try await bench.adopt(key)
            let found = try await bench.reopened.layer(key)
            XCTAssertNotNil(found, damage)
            let record = layer.folder.appending(path: LayerRecord.fileName)
            for file in [layer.disk, layer.memory] {
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            }
            let handle = try FileHandle(forWritingTo: damage == "truncated" ? layer.disk : layer.memory)
            func rewrite(_ text: String, _ other: String) throws {
                try String(contentsOf: record, encoding: .utf8).replacingOccurrences(of: text, with: other)
                    .write(to: record, atomically: true, encoding: .utf8)
            }
            switch damage {
            case "flipped":
                try handle.seek(toOffset: 70)
                try handle.write(contentsOf: Data([0xFF]))
            case "truncated": try handle.truncate(atOffset: 100)
            case "gone": try FileManager.default.removeItem(at: layer.memory)
            case "old": try rewrite(#""created" : "20"#, #""created" : "19"#)
            case "digest":
                try rewrite(layer.record.files["memory.save"] ?? "", String(repeating: "0", count: 64))
            case "unreadable": try "{".write(to: record, atomically: true, encoding: .utf8)
            default: try FileManager.default.removeItem(at: record)
            }
            try handle.close()
            let again = try await bench.reopened.layer(key)
            XCTAssertNil(again, damage)
        }
    }

    /// Without its layer a kept machine could not start again.
    func testALayerUnderAKeptMachineDoesNotBecomeTooOld() async throws {
        let bench = try await makeBench()
        let key = try await bench.key(["a": "b"])
        let parent = try await bench.adopt(key)
        let upper = try await bench.adopt(try await bench.key(["c": "d"]), over: parent)
        let record = parent.folder.appending(path: LayerRecord.fileName)
        try String(contentsOf: record, encoding: .utf8)
            .replacingOccurrences(of: #""created" : "20"#, with: #""created" : "19"#)
            .write(to: record, atomically: true, encoding: .utf8)
        let held = try await bench.reopened.layer(key) { $0 == upper.disk }
        XCTAssertNotNil(held)
        XCTAssertTrue(bench.said.text.contains("a kept machine is based on it"), bench.said.text)
        let free = try await bench.reopened.layer(key)
        XCTAssertNil(free)
    }

    func testWhatLiesOverADamagedLayerGoesWithIt() async throws {
        let bench = try await makeBench()
        let key = try await bench.key(["a": "b"])
        let parent = try await bench.adopt(key)
        let upper = try await bench.key(["parent": key.hash], stage: "booted")
        let child = try await bench.adopt(upper, over: parent)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: parent.disk.path)
        let handle = try FileHandle(forWritingTo: parent.disk)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([1]))
        try handle.close()
        let found = try await bench.reopened.layer(upper)
        XCTAssertNil(found)
        XCTAssertFalse(FileManager.default.fileExists(atPath: child.folder.path))
        XCTAssertTrue(bench.said.text.contains("has a changed file (disk.qcow2)"), bench.said.text)
    }

    func testAGuestsDiskAndMemoryAreNobodyElsesToRead() async throws {
        let bench = try await makeBench()
        let layer = try await bench.adopt(try await bench.key(["a": "b"]))
        let memory = try FileManager.default.attributesOfItem(atPath: layer.memory.path)
        XCTAssertEqual((memory[.posixPermissions] as? NSNumber)?.intValue, 0o400)
        let disk = try await bench.runner.run(Command("getfacl", ["--omit-header", "--numeric", layer.disk.path]))
        XCTAssertTrue(disk.output.contains("other::---"), disk.output)
    }

    func testTheStoreIsBoundedAndSparesLayersInUse() async throws {
        let bench = try await makeBench(limitMiB: 5)
        var made: [Layer] = []
        for number in 0..<4 {
            let oldest = made.first?.disk
            made.append(
                try await bench.adopt(try await bench.key(["n": "\(number)"]), mebibytes: 2) { $0 == oldest })
            // The record's times have whole seconds; make the order plain.
            try await Task.sleep(for: .milliseconds(1100))
        }
        let left = Set(bench.store.all().map(\.record.key))
        XCTAssertEqual(left, Set([made[0], made[2], made[3]].map(\.record.key)), "in use, and the two used last")
        XCTAssertFalse(FileManager.default.fileExists(atPath: made[1].folder.path), "used longest ago")
    }

    func testUnfinishedWorkIsNoLayerAndIsSweptLater() async throws {
        let bench = try await makeBench()
        let draft = try bench.store.draft()
        try Data(count: 10).write(to: Layer.disk(in: draft))
        XCTAssertEqual(bench.store.all().count, 0)
        _ = try await bench.adopt(try await bench.key(["a": "b"]))
        XCTAssertFalse(FileManager.default.fileExists(atPath: draft.path))
    }

    func testTwoWritersOfOneLayerLeaveOneWholeLayer() async throws {
        let bench = try await makeBench()
        let key = try await bench.key(["a": "b"])
        _ = try await bench.adopt(key)
        let second = try await bench.adopt(key)
        let found = try await bench.reopened.layer(key)
        XCTAssertEqual(found?.record, second.record.used(at: found?.record.lastUsed))
    }
}

extension LayerRecord {
    fileprivate func used(at time: Date?) -> LayerRecord {
        var copy = self
        copy.lastUsed = time ?? lastUsed
        // Written with whole seconds.
        copy.created = Date(timeIntervalSince1970: created.timeIntervalSince1970.rounded(.down))
        return copy
    }
}

private final class Said: Sendable {
    private let lines = Mutex<[String]>([])
    var say: @Sendable (String) -> Void { { line in self.lines.withLock { $0.append(line) } } }
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
