import Foundation
import XCTest

@testable import VMHarness

final class RebootJudgementTests: XCTestCase {
    private let first = "11111111-1111-4111-8111-111111111111"
    private let second = "22222222-2222-4222-8222-222222222222"
    private let third = "33333333-3333-4333-8333-333333333333"

    private func history(_ current: String, _ boots: [String]) throws -> BootHistory {
        let entries = boots.map { #"{"index":0,"boot_id":"\#($0.replacingOccurrences(of: "-", with: ""))"}"# }
        return try BootHistory(answer: "\(current)\n[\(entries.joined(separator: ","))]\n")
    }

    func testOneNewBootIsProven() throws {
        let proof = try RebootProof(
            before: history(first, [first]), after: history(second, [first, second]), downAfter: .seconds(3),
            upAfter: .seconds(40))
        XCTAssertEqual(proof.after.uuidString.lowercased(), second)
    }

    func testEachMissingPartIsNamed() throws {
        let before = try history(first, [first])
        func failure(_ after: BootHistory, down: Duration?) -> RebootNotProven? {
            do {
                _ = try RebootProof(before: before, after: after, downAfter: down, upAfter: .seconds(40))
                return nil
            } catch { return error as? RebootNotProven }
        }
        XCTAssertEqual(failure(try history(second, [first, second]), down: nil), .neverWentDown)
        XCTAssertEqual(failure(before, down: .seconds(1)), .sameBoot(before.current))
        XCTAssertEqual(
            failure(try history(third, [first, second, third]), down: .seconds(1)), .otherBoots(count: 2))
        XCTAssertEqual(
            failure(try history(third, [third]), down: .seconds(1)), nil, "an emptied journal still has one new boot")
    }

    func testAnErrorTextIsNeverABootID() {
        for answer in [
            "", "cat: /proc/…: Permission denied\n[]", "\(first)\nNo journal", "\(first)\n[]",
            "\(first)\n[{\"boot_id\":\"x\"}]",
        ] {
            XCTAssertThrowsError(try BootHistory(answer: answer), answer)
        }
    }
}
