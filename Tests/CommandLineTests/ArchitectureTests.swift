import Foundation
import XCTest

/// The walk through the code that docs/architecture.md promises is there, and short.
final class ArchitectureTests: XCTestCase {
    func testTheWalkIsThereAndShort() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let page = try String(contentsOf: root.appending(path: "docs/architecture.md"), encoding: .utf8)
        let walk = try XCTUnwrap(
            page.components(separatedBy: "### The walk of ").last?.components(separatedBy: "\n## ").first)
        let rows = walk.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains(".swift`") }
        var files = 0
        for row in rows {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let room = cells[0] == "`boma-it`" ? "boma-it" : "VMHarness/\(cells[0])"
            for name in cells[1].matches(of: /`(\w+\.swift)`/) {
                let file = root.appending(path: "Sources/\(room)/\(name.1)")
                XCTAssertTrue(FileManager.default.fileExists(atPath: file.path), file.path)
                files += 1
            }
        }
        XCTAssertGreaterThan(files, 20)
        XCTAssertLessThanOrEqual(files, 30)
        XCTAssertLessThanOrEqual(rows.count - 1, 15)
        XCTAssertTrue(
            walk.contains("\(files) files, \(rows.count - 1) changes of room"), "the figures in the text differ")
    }
}
