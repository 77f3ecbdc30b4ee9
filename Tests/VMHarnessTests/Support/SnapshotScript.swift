import Foundation
import XCTest

@testable import VMHarness

extension XCTestCase {
    /// Runs this machine's Python.
    func runPython(_ arguments: [String], input: String? = nil) async throws -> CommandResult {
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder().appending(path: "logs"), environment: ProcessInfo.processInfo.environment)
        return try await runner.run(Command("python3", arguments, input: input, limit: .seconds(60)))
    }

    /// Runs lines of Python that know the script as `s`, and decodes what they print.
    func evaluateSnapshotScript<Value: Decodable>(_ lines: String, as type: Value.Type = [String: String].self)
        async throws
        -> Value
    {
        let folder = try temporaryFolder()
        try Data(GuestProgram.text.utf8).write(to: folder.appending(path: "snapshot.py"))
        let program = "import sys, json; sys.path.insert(0, sys.argv[1]); import snapshot as s\n" + lines
        let result = try await runPython(["-B", "-", folder.path], input: program).requireSuccess("evaluating")
        return try JSONDecoder().decode(type, from: Data(result.output.utf8))
    }
}
