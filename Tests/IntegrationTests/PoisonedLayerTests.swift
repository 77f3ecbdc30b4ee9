import Foundation
import VMHarness
import XCTest

/// A layer that isn't what was made is never started from: it is thrown away, said so, and made anew. On real layers; what
/// the store does with every kind of damage is in `LayerStoreTests`.
final class PoisonedLayerTests: SubjectTestCase {
    override var asks: TestReport.Question { .harness }

    func testATruncatedMemoryIsNeverRestored() async throws {
        try await verify("memory.save", says: "does not have its digest any more (memory.save)") { layer in
            let handle = try Self.open(layer.memory)
            try handle.truncate(atOffset: try handle.seekToEnd() / 2)
        }
    }

    func testAFlippedBitInADiskIsNeverBooted() async throws {
        try await verify("disk.qcow2", says: "does not have its digest any more (disk.qcow2)") { layer in
            let handle = try Self.open(layer.disk)
            try handle.seek(toOffset: 300_000)
            let byte = try XCTUnwrap(try handle.read(upToCount: 1)?.first)
            try handle.seek(toOffset: 300_000)
            try handle.write(contentsOf: Data([byte ^ 1]))
        }
    }

    func testALayerOfAnotherQEMUIsNeverRestored() async throws {
        try await verify("other QEMU", says: "libvirt and QEMU") { layer in
            // What it would be called had it been made beside another QEMU: its inputs, and so its name, are others.
            var record = layer.record
            record.inputs["libvirt and QEMU"] = String(repeating: "0", count: 64)
            record.key = String(record.key.reversed())
            try FileManager.default.removeItem(at: layer.folder.appending(path: "layer.json"))
            let other = layer.folder.deletingLastPathComponent().appending(path: record.key)
            addTeardownBlock { try FileManager.default.removeItem(at: other) }
            try FileManager.default.moveItem(at: layer.folder, to: other)
            try JSONCoding.document(record).write(to: other.appending(path: "layer.json"))
        }
    }

    func testAnInterruptedWriteIsNoLayer() async throws {
        try await verify("interrupted", says: "") { layer in
            // The record is written last.
            try FileManager.default.removeItem(at: layer.folder.appending(path: "layer.json"))
            try Self.open(layer.memory).truncate(atOffset: 4096)
        }
    }

    private static func open(_ file: URL) throws -> FileHandle {
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        return try FileHandle(forUpdating: file)
    }

    /// Damages the layer of a booted guest; the next start has to find that none fits, say `words`, make another one, and end in a guest that
    /// came out of that.
    private func verify(_ what: String, says words: String, damage: (Layer) throws -> Void) async throws {
        let run = try await startRun()
        guard run.configuration.layers.areWarm else { throw XCTSkip("warm starts are switched off") }
        try await withSubject(.booted) { _ in }
        try await endSubject()
        let good = try XCTUnwrap(
            run.layers.all().first { $0.record.stage == "booted" && $0.record.subject == run.profile.subject })
        try damage(good)
        let before = run.layers.history.misses.count
        try await withSubject(.booted) { subject in
            let misses = run.layers.history.misses.dropFirst(before)
            XCTAssertTrue(
                misses.contains { $0.hasPrefix("booted") && (words.isEmpty || $0.contains(words)) },
                "\(what): \(Array(misses))")
            let backing = await subject.machine.record.backing
            let made = try XCTUnwrap(
                run.layers.all().first { $0.disk.path == backing }, "\(what): not restored from a layer: \(backing)")
            XCTAssertEqual(made.record.stage, "booted")
            XCTAssertGreaterThan(made.record.created, good.record.created, "\(what): the damaged layer was used")
        }
    }
}
