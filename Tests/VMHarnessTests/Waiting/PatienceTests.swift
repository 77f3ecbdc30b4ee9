import Foundation
import XCTest

@testable import VMHarness

final class PatienceTests: XCTestCase {
    private var page: URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/patience.md")
            .standardizedFileURL
    }

    /// A row of the page as the code has it.
    private func row(_ patience: Patience) -> String {
        func seconds(_ value: Double) -> String { String(format: "%g", value) }
        return "| \(patience.name) | \(seconds(patience.floor)) | \(seconds(patience.seconds)) | \(patience.why) |"
    }

    func testThePageShowsTheWholeTable() throws {
        let text = try String(contentsOf: page, encoding: .utf8)
        let shown = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().map(String.init)
        XCTAssertEqual(
            shown.filter { !$0.hasPrefix("| ---") }, Patience.table.map(row), "docs/patience.md differs from the code")
        XCTAssertEqual(Set(Patience.table.map(\.name)).count, Patience.table.count)
    }

    /// However fast the processor, systemd's own time-outs and those of a slow network have to fit.
    func testAHealthyHostHasTheTimeItNeeds() {
        for (patience, least) in [
            (Patience.goingDown, 90.0 * 2), (.login, 180), (.settling, 120 + 90), (.services, 180),
        ] {
            XCTAssertGreaterThanOrEqual(patience.limit(factor: 1).inSeconds, least, patience.name)
        }
        for patience in Patience.table {
            XCTAssertGreaterThanOrEqual(patience.limit(factor: 10), patience.limit(factor: 1), patience.name)
            XCTAssertEqual(
                patience.limit(factor: 100), .seconds(max(patience.floor, patience.seconds * 100)), patience.name)
        }
    }
}
