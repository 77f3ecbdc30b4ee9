import Foundation
import Synchronization
import XCTest

@testable import VMHarness

/// What still runs, and for how long, once the process has been told to end.
final class InterruptionTests: XCTestCase {
    private final class Seen: Sendable {
        private let words = Mutex<[String]>([])
        var all: [String] { words.withLock { $0 } }
        func add(_ word: String) { words.withLock { $0.append(word) } }
    }

    func testOnlyWhatUndoesGoesOn() throws {
        let interruption = Interruption()
        XCTAssertNoThrow(try interruption.checkEnding())
        XCTAssertFalse(interruption.beginEnding().isSecond)
        XCTAssertThrowsError(try interruption.checkEnding()) { XCTAssertTrue($0 is CancellationError) }
        try Interruption.$isUndoing.withValue(true) { XCTAssertNoThrow(try interruption.checkEnding()) }
        XCTAssertTrue(interruption.beginEnding().isSecond)
    }

    func testHandlersMayRunToolsAndTheLastComesFirst() async {
        let interruption = Interruption()
        let seen = Seen()
        _ = interruption.add { seen.add("first \(Interruption.isUndoing)") }
        let forgotten = interruption.add { seen.add("forgotten") }
        _ = interruption.add {
            // Work of its own keeps the right.
            await Task { seen.add("last \(Interruption.isUndoing)") }.value
        }
        interruption.remove(forgotten)
        await Interruption.run(interruption.beginEnding().handlers, within: .seconds(10))
        XCTAssertEqual(seen.all, ["last true", "first true"])
        XCTAssertFalse(Interruption.isUndoing)
    }

    func testWhoWantsToExitMeanwhileIsHeldBack() async throws {
        let interruption = Interruption()
        interruption.letEndingFinish()
        _ = interruption.beginEnding()
        let seen = Seen()
        // It never comes back: in a real process the signal ends it.
        Thread.detachNewThread {
            interruption.letEndingFinish()
            seen.add("exits before everything is undone")
        }
        try await Task.sleep(for: .milliseconds(1500))
        XCTAssertEqual(seen.all, [])
    }

    func testAHandlerThatHangsIsNotWaitedForWithoutEnd() async {
        let start = ContinuousClock.now
        await Interruption.run([{ try? await Task.sleep(for: .seconds(30)) }], within: .milliseconds(200))
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(10))
    }
}
