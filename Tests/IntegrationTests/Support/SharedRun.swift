import Foundation
import VMHarness
import XCTest

/// The one run of a test process. Started by the first test that needs it; every later one gets the same run or the
/// same error.
actor SharedRun {
    static let shared = SharedRun()
    private var start: Task<Run, any Error>?

    func run(_ configuration: HarnessConfiguration) async throws -> Run {
        if let start { return try await start.value }
        let task = Task { try await Run.start(configuration) }
        start = task
        return try await task.value
    }
}
