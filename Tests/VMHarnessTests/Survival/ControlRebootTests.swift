import XCTest

@testable import VMHarness

/// What a second reboot says of the differences that the first one showed.
final class ControlRebootTests: XCTestCase {
    private func lost(
        _ kind: Complaint.Kind, _ subject: String, _ before: String? = nil, _ after: String? = nil
    ) -> Complaint {
        Complaint(kind, subject, event: "x", text: subject, before: before, after: after)
    }

    func testOnlyWhatMayDifferByItselfIsAskedAgain() {
        XCTAssertFalse(ControlReboot.decides([]))
        XCTAssertTrue(ControlReboot.decides([lost(.file, "/etc/a"), lost(.sysctl, "b")]))
        XCTAssertFalse(ControlReboot.decides([lost(.file, "/etc/a"), lost(.unit, "a.service")]))
        XCTAssertFalse(ControlReboot.decides([lost(.answer, "tcp/80")]))
    }

    func testWhatIsAThirdValueIsNoise() {
        let first = [lost(.sysctl, "kernel/x", "1", "2"), lost(.sysctl, "kernel/y", "1", "2")]
        let seen = ControlReboot.judge(first, [lost(.sysctl, "kernel/x", "2", "3")])
        XCTAssertEqual(seen.complaints.map(\.subject), ["kernel/y"])
        XCTAssertEqual(seen.noise.map(\.subject), ["kernel/x"])
    }

    func testWhatIsThereAtOneBootAndNotAtTheNextIsLost() {
        let seen = ControlReboot.judge([lost(.sysctl, "vm/x", "60", "10")], [lost(.sysctl, "vm/x", "10", "60")])
        XCTAssertEqual(seen.complaints.map(\.subject), ["vm/x"])
        XCTAssertEqual(seen.noise, [])
    }

    func testNamesThatAreNewAtEachBootAreNoise() {
        let seen = ControlReboot.judge(
            [lost(.path, "/run/job-a1b2c3d4"), lost(.path, "/run/app")], [lost(.path, "/run/job-99887766")])
        XCTAssertEqual(seen.complaints.map(\.subject), ["/run/app"])
        XCTAssertEqual(seen.noise.map(\.subject), ["/run/job-a1b2c3d4"])
    }

    func testWhatOnlyTheSecondBootLacksCounts() {
        let seen = ControlReboot.judge([lost(.file, "/etc/a")], [lost(.file, "/etc/a"), lost(.unit, "b.service")])
        XCTAssertEqual(seen.complaints.map(\.subject), ["b.service"])
        XCTAssertEqual(seen.noise.map(\.subject), ["/etc/a"])
    }
}
