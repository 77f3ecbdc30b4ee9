import Foundation
import XCTest

@testable import VMHarness

final class ImageUpkeepTests: XCTestCase {
    private var cache = URL(filePath: "/")

    override func setUp() async throws {
        cache = try temporaryFolder()
        for name in ["images", "layers"] {
            try FileManager.default.createDirectory(
                at: cache.appending(path: name), withIntermediateDirectories: true)
        }
    }

    /// A file whose content is its name, as far as the digest goes.
    private func add(_ name: String, age: Double, recipe: String? = ImageSources.recipe) throws -> String {
        let file = cache.appending(path: "images/\(name).qcow2")
        try name.write(to: file, atomically: true, encoding: .utf8)
        try ImageProvenance(
            source: "build", origin: "mirror", sha256: "digest-\(name)", publishedSHA512: nil, recipe: recipe,
            created: Date(timeIntervalSince1970: 10000 - age), file: "\(name).qcow2"
        ).write(to: cache.appending(path: "images/\(name).qcow2.json"))
        return file.path
    }

    private func upkeep(machines: [String: String] = [:], corrupt: String = "") throws -> ImageUpkeep {
        var configuration = try HarnessConfiguration(environment: [:], packageRoot: cache)
        configuration.cache = cache
        let runner = ScriptedRunner { command in
            let name = URL(filePath: command.arguments.last ?? "").deletingPathExtension().lastPathComponent
            return (0, name == corrupt ? "other" : "digest-\(name)  file")
        }
        return ImageUpkeep(
            GoldenImageStore(configuration: configuration, runner: runner, say: { _ in }), machines: machines)
    }

    /// A qcow2 header that names a backing file.
    private func addLayer(_ name: String, over backing: String) throws -> String {
        var header: [UInt8] = [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3]
        header += [0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, UInt8(backing.utf8.count)]
        header += [UInt8](repeating: 0, count: 12) + Array(backing.utf8)
        let file = cache.appending(path: "layers/\(name).qcow2")
        try Data(header).write(to: file)
        return file.path
    }

    func testTheNewestSoundOneAndThoseInUseStay() async throws {
        _ = try add("oldest", age: 50)
        let old = try add("old", age: 40)
        let used = try add("used", age: 30)
        let sound = try add("sound", age: 20)
        let corrupt = try add("corrupt", age: 10)
        let layer = try addLayer("fedcba", over: try addLayer("abcdef", over: old))
        let upkeep = try upkeep(machines: ["m": used, "n": layer], corrupt: "corrupt")
        let list = try upkeep.list()
        XCTAssertEqual(list.map(\.usedBy), [[], [], ["m"], ["n", "layer abcdef.qcow2", "layer fedcba.qcow2"], []])
        XCTAssertEqual(list.map(\.isNext), [true, false, false, false, false])

        let planned = try await upkeep.prune(isDry: true)
        XCTAssertEqual(try upkeep.list().count, 5, "a dry run removes nothing")
        let gone = try await upkeep.prune(isDry: false)
        XCTAssertEqual(gone, planned)
        XCTAssertEqual(try upkeep.list().map(\.file), [sound, used, old])
        XCTAssertFalse(FileManager.default.fileExists(atPath: corrupt))
    }

    /// What another version has built may lack what this one counts on: services that start at their installation.
    func testAnImageBuiltByAnotherVersionIsNotUsed() throws {
        _ = try add("ours", age: 20)
        _ = try add("older version's", age: 10, recipe: nil)
        _ = try add("another version's", age: 5, recipe: "0123")
        let list = try upkeep().list()
        XCTAssertEqual(list.filter(\.isNext).map { URL(filePath: $0.file).lastPathComponent }, ["ours.qcow2"])
    }

    func testVerifyNamesWhatIsWrong() async throws {
        _ = try add("a", age: 2)
        let lost = try add("b", age: 1)
        try FileManager.default.removeItem(atPath: lost)
        let results = try await upkeep(corrupt: "a").verify()
        XCTAssertTrue(results[0].problem?.hasPrefix("is missing") == true, "\(results)")
        XCTAssertTrue(results[1].problem?.hasPrefix("is corrupt") == true, "\(results)")
    }

    func testAHeaderThatIsNoneHasNoBacking() throws {
        let file = cache.appending(path: "x")
        for bytes in [
            [], [0x51, 0x46], [UInt8](repeating: 0xFF, count: 64),
            [0x51, 0x46, 0x49, 0xFB] + [UInt8](repeating: 0xFF, count: 40),
        ] {
            try Data(bytes).write(to: file)
            XCTAssertNil(QcowHeader.backing(of: file), "\(bytes)")
        }
        let layer = try addLayer("l", over: "/images/a b.qcow2")
        XCTAssertEqual(QcowHeader.backing(of: URL(filePath: layer)), "/images/a b.qcow2")
    }
}
