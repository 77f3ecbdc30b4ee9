import Foundation
import XCTest

@testable import VMHarness

final class FactsPageTests: XCTestCase {
    func testThePageNamesEveryFactInTheOrderOfTheCode() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/facts.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let named = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map {
            String($0.split(separator: "`")[1])
        }
        XCTAssertEqual(named, StateSnapshot.Part.allCases.map(\.rawValue))
    }

    func testTheProgramTellsThemAll() async throws {
        let names = try await evaluateSnapshotScript(
            "print(json.dumps(sorted([*s.PARTS, *s.LATER])))", as: [String].self)
        XCTAssertEqual(names, StateSnapshot.Part.allCases.map(\.rawValue).sorted())
    }
}
