import Foundation
import VMHarness
import XCTest

/// Base of the suites: boots a subject for a test, and after it either destroys the machine or keeps it with evidence.
class SubjectTestCase: XCTestCase {
    private var subject: Subject?

    /// The run, or a skip with the reason when this machine can't run virtual machines. `BOMA_IT_REQUIRE=1` makes that
    /// skip a failure.
    func startRun() async throws -> Run {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
        let configuration = try HarnessConfiguration(packageRoot: root)
        do {
            return try await SharedRun.shared.run(configuration)
        } catch let trouble as HarnessTrouble
            where trouble.isMissingPrerequisite && !configuration.requiresPrerequisites
        {
            throw XCTSkip("\(trouble)")
        }
    }

    /// A running machine that is the subject. One for each test.
    ///
    /// - Parameter start: what has to have happened to it; may come out of a layer.
    func startSubject(_ start: Start) async throws -> Subject {
        let run = try await startRun()
        let name = self.name.replacingOccurrences(of: "IntegrationTests.", with: "")
        run.log.say("test \(name)")
        let subject = try await run.subject(for: name, from: start)
        self.subject = subject
        return subject
    }

    // Runs last of all; what failed before it is counted (`hasSucceeded` would always be false here).
    override func tearDown() async throws {
        guard let subject else { return }
        let failures = testRun?.totalFailureCount ?? 0
        await subject.end(failure: failures > 0 ? failure ?? "\(name) failed" : nil)
        try await subject.verifyImageUntouched()
    }

    private var failure: String?

    // The one place where XCTest on Linux tells what failed.
    override func recordFailure(
        withDescription description: String, inFile filePath: String, atLine lineNumber: Int, expected: Bool
    ) {
        failure = failure ?? description
        super.recordFailure(withDescription: description, inFile: filePath, atLine: lineNumber, expected: expected)
    }
}
