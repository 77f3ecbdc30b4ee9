import XCTest

@testable import VMHarness

final class TextTests: XCTestCase {
    func testShellQuoting() {
        XCTAssertEqual(shellQuoted("/a/b-c.d"), "/a/b-c.d")
        XCTAssertEqual(shellQuoted(""), "''")
        XCTAssertEqual(shellQuoted("a b'c$(d)"), #"'a b'\''c$(d)'"#)
    }

    func testTerminalSequencesBecomeVisible() {
        XCTAssertEqual(printable("a\u{1B}[31mb\u{7}"), #"a\u{1b}[31mb\u{7}"#)
        XCTAssertEqual(printable("x\u{202E}y"), #"x\u{202e}y"#, "direction overrides could hide text")
        XCTAssertEqual(printable(String(repeating: "z", count: 5000)).count, 400)
    }

    func testAConsoleDoesNothingToATerminal() {
        XCTAssertEqual(ConsoleText.plain("\u{1b}[0;32m  OK  \u{1b}[0m Started ssh.\r"), "  OK   Started ssh.")
        XCTAssertEqual(ConsoleText.plain("\u{1b}]0;title\u{07}x\u{1b}c"), "x")
        XCTAssertEqual(ConsoleText.plain("a\u{8}b"), "a\\u{8}b")
        // What the watch quotes is the same: it left titles and other escapes standing.
        XCTAssertEqual(ConsoleWatch.readable("\u{1b}]0;title\u{07}\u{1b}(B panic\u{1b}[0m \r"), "panic")
    }

    func testDurationsForPeople() {
        XCTAssertEqual(Duration.milliseconds(1450).forPeople, "1.5 s")
        XCTAssertEqual(Duration.seconds(59).forPeople, "59 s")
        XCTAssertEqual(Duration.seconds(185).forPeople, "3 min 5 s")
    }
}
