import Foundation
import Synchronization
import VMHarness
import XCTest

/// The one run of a test process. Started by the first test that needs it; every later one gets the same run or the
/// same error.
actor SharedRun {
    static let shared = SharedRun()
    private var start: Task<Run, any Error>?

    func run(_ configuration: HarnessConfiguration) async throws -> Run {
        if let start { return try await start.value }
        let end = RunEnd()
        XCTestObservationCenter.shared.addTestObserver(end)
        let task = Task {
            let run = try await Run.start(configuration)
            end.report.withLock { $0 = run.report }
            return run
        }
        start = task
        Interruption.shared.endWithParent()
        // Until there is a machine nothing else listens for Ctrl-C, which would leave tools running.
        let number = Interruption.shared.add {
            task.cancel()
            _ = await task.result
        }
        defer { Interruption.shared.remove(number) }
        return try await task.value
    }
}

/// Finishes the report when the last test has ended: nobody else knows. A process that is interrupted ends only when its
/// machine is gone, although its tests have failed by then.
private final class RunEnd: XCTestObservation {
    let report = Mutex<ReportRecorder?>(nil)

    func testBundleDidFinish(_ testBundle: Bundle) {
        report.withLock { $0 }?.finish()
        Interruption.shared.letEndingFinish()
    }
}
