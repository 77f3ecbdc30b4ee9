import Foundation
import XCTest

@testable import VMHarness

final class PrivateFileTests: XCTestCase {
    private func mode(of file: URL) throws -> Int? {
        let facts = try FileManager.default.attributesOfItem(atPath: file.path)
        return (facts[.posixPermissions] as? NSNumber)?.intValue
    }

    func testWhatIsWrittenIsForTheOwnerOnlyAndNothingElseIsLeft() throws {
        let folder = try temporaryFolder()
        let file = folder.appending(path: "file")
        try Data("old".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        try PrivateFile.write(Data("new".utf8), to: file)
        XCTAssertEqual(try String(contentsOf: file, encoding: .utf8), "new")
        XCTAssertEqual(try mode(of: file), 0o600)
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["file"])
    }

    func testAFullDiskIsAnErrorThatNamesIt() throws {
        let full = open("/dev/full", O_WRONLY)
        XCTAssertGreaterThanOrEqual(full, 0)
        defer { close(full) }
        let file = URL(filePath: "/cache/seed")
        XCTAssertThrowsError(try PrivateFile.fill(full, with: Data("content".utf8), for: file)) { error in
            XCTAssertEqual(
                "\(error)", "file /cache/seed: can't be written: No space left on device; fix: free disk space there")
        }
    }

    func testAFileThatCannotBeWrittenIsAnErrorAndLeavesNothing() throws {
        let folder = try temporaryFolder()
        let place = folder.appending(path: "gone/file")
        XCTAssertThrowsError(try PrivateFile.write(Data(), to: place)) { error in
            XCTAssertTrue("\(error)".contains("No such file or directory"), "\(error)")
        }
        // A folder is in the way.
        XCTAssertThrowsError(try PrivateFile.write(Data(), to: folder))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.deletingLastPathComponent().path)
        XCTAssertFalse(
            left.contains { UUID(uuidString: String($0.dropFirst())) != nil && $0.hasPrefix(".") }, "\(left)")
    }

    /// The sites that write what later steps read.
    func testSitesDoNotGoOnWithoutTheirFile() throws {
        let gone = try temporaryFolder().appending(path: "gone")
        let history = try BootHistory(
            answer: "0b0e8a0c-5a39-4b8e-9d4f-0a1b2c3d4e5f\n[{\"boot_id\": \"0b0e8a0c5a394b8e9d4f0a1b2c3d4e5f\"}]")
        XCTAssertThrowsError(try history.write(in: gone))
        XCTAssertThrowsError(try EventLog(folder: gone))
    }
}
