import Foundation
import XCTest

extension XCTestCase {
    /// A folder that is removed after the test.
    func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "boma-it-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
        return folder
    }
}

/// Asserts that an async call throws, and hands the error's text over.
func assertThrows(
    _ call: () async throws -> some Any, file: StaticString = #filePath, line: UInt = #line,
    check: (String) -> Void = { _ in }
) async {
    do {
        _ = try await call()
        XCTFail("no error was thrown", file: file, line: line)
    } catch {
        check("\(error)")
    }
}
