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

    func testAFileThatDiffersInNumbersAndDatesIsNoiseAndOneThatLostWordsIsNot() {
        func file(_ old: String, _ new: String) -> Complaint {
            lost(.file, "/etc/a", "\(old) 0644 0:0 shape", "\(new) 0644 0:0 shape")
        }
        XCTAssertEqual(ControlReboot.judge([file("1", "2")], [file("2", "3")]).complaints, [])
        let rewritten = lost(.file, "/etc/a", "1 0644 0:0 ours", "2 0644 0:0 theirs")
        XCTAssertEqual(ControlReboot.judge([rewritten], [file("2", "3")]).complaints, [rewritten])
        XCTAssertEqual(ControlReboot.judge([file("1", "2")], [file("2", "1")]).complaints.count, 1, "it comes and goes")
    }

    func testNamesWithSmallNumbersAreNamesOfTheirOwn() {
        let seen = ControlReboot.judge([lost(.path, "/run/app1")], [lost(.path, "/run/app2")])
        XCTAssertEqual(seen.complaints.map(\.subject), ["/run/app1", "/run/app2"])
        let ports = ControlReboot.judge([lost(.listener, "tcp/8080")], [lost(.listener, "tcp/9090")])
        XCTAssertEqual(ports.complaints.count, 2)
    }

    func testWhatOnlyTheSecondBootLacksCounts() {
        let again = lost(.sysctl, "kernel/x", "2", "3")
        let seen = ControlReboot.judge([lost(.sysctl, "kernel/x", "1", "2")], [again, lost(.unit, "b.service")])
        XCTAssertEqual(seen.complaints.map(\.subject), ["b.service"])
        XCTAssertEqual(seen.noise.map(\.subject), ["kernel/x"])
    }
}
