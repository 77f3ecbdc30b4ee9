import XCTest

@testable import VMHarness

final class KnockTests: XCTestCase {
    func testARefusalIsNotFollowedByAnotherAttemptAtOnce() {
        var knock = Knock()
        XCTAssertTrue(knock.mayKnock)
        knock.note("refused")
        XCTAssertEqual(knock.refused, "refused")
        XCTAssertFalse(knock.mayKnock)
        knock.note("refused", now: .now - Knock.interval)
        XCTAssertTrue(knock.mayKnock)
    }

    func testTheAgentIsNotAskedAllTheTime() {
        var knock = Knock()
        let start = ContinuousClock.now
        XCTAssertTrue(knock.mayAsk(isEmulated: true, now: start))
        XCTAssertFalse(knock.mayAsk(isEmulated: true, now: start + .seconds(2)))
        XCTAssertTrue(knock.mayAsk(isEmulated: true, now: start + .seconds(5)))
    }

    /// Refused once, then a port that is looked at, a login and the shared connection: below ufw's six in 30 s.
    func testTheLoginsOwnConnectionsFitBesideTheRefusals() {
        let refusals = Int(30 / Knock.interval.inSeconds) + 1
        XCTAssertLessThan(refusals - 1 + 3, 6)
    }
}
