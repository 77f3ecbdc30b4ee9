import Foundation
import XCTest

@testable import VMHarness

final class LiveProgressTests: XCTestCase {
    private func usual() -> UsualDurations {
        let spans = [50.0, 55, 90].map { seconds in
            TimelineSpan(.reboot, "reboot", start: SampleReports.start, end: SampleReports.start + seconds)
        }
        let failed = TimelineSpan(
            .reboot, "reboot", start: SampleReports.start, end: SampleReports.start + 600, ok: false)
        var report = SampleReports.report(.survives)
        report.tests[0].timeline = spans + [failed, failed]
        return UsualDurations([report])
    }

    func testTheLineNamesTheStepItsUsualTimeAndWhatIsWaitedFor() async throws {
        let log = try EventLog(folder: temporaryFolder())
        let progress = LiveProgress(log)
        progress.expect(usual())
        XCTAssertNil(progress.line())
        let outer = progress.begin(.boot, "to the start of the test")
        let inner = progress.begin(.reboot, "reboot")
        let later = ContinuousClock.now + .seconds(42)
        XCTAssertEqual(
            progress.line(at: later)?.replacingOccurrences(of: "41", with: "42"), "reboot: 42 s, usually 55 s")
        try await progress.watching {
            let wait = Wait(for: "a login", limit: .seconds(5), hint: "")
            var isSecond = false
            try await wait.until {
                if isSecond {
                    XCTAssertEqual(
                        progress.line(at: later)?.components(separatedBy: "; ").last, "waiting for a login (refused)")
                    return WaitStep<Void>.done(())
                }
                isSecond = true
                return .notYet("refused")
            }
        }
        XCTAssertEqual(progress.line(at: later)?.contains("waiting"), false, "the wait is over")
        progress.end(inner)
        XCTAssertEqual(progress.line(at: later)?.hasPrefix("to the start of the test: 4"), true)
        XCTAssertEqual(progress.line(at: later)?.contains("usually"), false, "nobody knows")
        progress.end(outer)
        XCTAssertNil(progress.line())
    }

    func testStepsOfATimelineAreSteps() async throws {
        let progress = LiveProgress(
            try EventLog(folder: temporaryFolder()))
        progress.expect(usual())
        let timeline = Timeline(progress: progress)
        await timeline.measure(.reboot, "reboot") { XCTAssertTrue(progress.line()?.hasPrefix("reboot: 0.") == true) }
        XCTAssertNil(progress.line())
        timeline.end(timeline.begin(.check, "a"))
        XCTAssertNil(progress.line())
    }

    func testOnlyReportsOfTheHostCount() throws {
        let runs = try temporaryFolder()
        for (id, subject) in [("20260617T093005Z-askari", "askari"), ("20260617T093006Z-simba", "simba")] {
            var report = SampleReports.report(.survives)
            report.subject = subject
            let span = TimelineSpan(
                .reboot, "reboot", start: SampleReports.start,
                end: SampleReports.start + (subject == "askari" ? 55 : 700))
            report.tests[0].timeline = [span]
            let folder = runs.appending(path: id)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try report.json().write(to: folder.appending(path: "report.json"))
        }
        let durations = UsualDurations(runs: runs, subject: "askari", accelerator: "tcg")
        XCTAssertEqual(durations.usual(.reboot, "reboot"), .seconds(55))
        XCTAssertNil(durations.usual(.check, "reboot"))
        XCTAssertNil(
            UsualDurations(runs: runs, subject: "askari", accelerator: "kvm").usual(.reboot, "reboot"),
            "emulation says nothing about KVM")
    }

    func testPlainLinesComeOnlyAfterSilence() throws {
        let folder = try temporaryFolder()
        let log = try EventLog(folder: folder)
        XCTAssertFalse(log.isTerminal, "tests have none")
        log.say("hello")
        XCTAssertLessThan(log.silence, .seconds(5))
        log.show(status: "nothing of this is in the file")
        log.show(status: nil)
        let text = try String(contentsOf: folder.appending(path: "events.log"), encoding: .utf8)
        XCTAssertFalse(text.contains("nothing of this"), text)
    }

    /// What runs on to a second line can't be written over, and each second would leave one.
    func testAStatusNeverTakesMoreThanOneLineOfTheTerminal() throws {
        var master: Int32 = 0
        var slave: Int32 = 0
        var size = winsize(ws_row: 24, ws_col: 40, ws_xpixel: 0, ws_ypixel: 0)
        XCTAssertEqual(openpty(&master, &slave, nil, nil, &size), 0)
        let screen = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        let seen = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        let log = try EventLog(folder: temporaryFolder(), screen: screen)
        XCTAssertTrue(log.isTerminal)
        func last() throws -> String {
            let text = String(decoding: seen.availableData, as: UTF8.self)
            return text.components(separatedBy: "\u{1b}[K").last ?? ""
        }
        let status = String(repeating: "waiting ", count: 25)
        log.show(status: status)
        XCTAssertEqual(try last(), String(status.prefix(38)) + "…")
        size.ws_col = 20
        XCTAssertEqual(ioctl(slave, UInt(TIOCSWINSZ), &size), 0)
        log.say("something")
        XCTAssertEqual(try last().split(whereSeparator: \.isNewline).last, Substring(status.prefix(18) + "…"))
        log.show(status: "short")
        XCTAssertEqual(try last(), "short")
    }

    func testColumnsAreCountedAndNotCharacters() {
        XCTAssertEqual(TerminalColumns.fitted("abcdef", columns: 6), "abcdef")
        XCTAssertEqual(TerminalColumns.fitted("abcdef", columns: 5), "abcd…")
        XCTAssertEqual(TerminalColumns.fitted("漢字かな", columns: 5), "漢字…")
        XCTAssertEqual(TerminalColumns.fitted("e\u{301}e\u{301}e\u{301}", columns: 3), "e\u{301}e\u{301}e\u{301}")
        XCTAssertEqual(TerminalColumns.fitted("abc", columns: 1), "…")
        XCTAssertEqual(TerminalColumns.fitted("abc", columns: 0), "")
    }
}
