import XCTest

@testable import VMHarness

final class WaitTests: XCTestCase {
    func testReturnsAsSoonAsDone() async throws {
        var attempts = 0
        let value = try await Wait(for: "three", limit: .seconds(5), hint: "").until {
            attempts += 1
            return attempts == 3 ? .done(attempts) : .notYet("\(attempts)")
        }
        XCTAssertEqual(value, 3)
    }

    func testErrorNamesRequirementLastObservationAndHint() async {
        let wait = Wait(for: "a miracle", limit: .milliseconds(150), hint: "pray")
        await assertThrows({ try await wait.until { WaitStep<Int>.notYet("nothing") } }) { text in
            for part in ["a miracle: not within", "last seen: nothing", "hint: pray"] {
                XCTAssertTrue(text.contains(part), text)
            }
        }
    }

    func testAnAttemptThatThrowsEndsTheWaitAtOnce() async {
        let start = ContinuousClock.now
        let wait = Wait(for: "it", limit: .seconds(30), hint: "")
        await assertThrows({
            try await wait.until { () throws -> WaitStep<Int> in throw HarnessTrouble("it", why: "is over", fix: "none")
            }
        })
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(2))
    }
}
