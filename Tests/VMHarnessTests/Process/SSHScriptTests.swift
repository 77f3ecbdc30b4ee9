import Foundation
import XCTest

@testable import VMHarness

/// How a script gets to the guest's bash; `ssh` is one that runs here what it is given, and there is no `sudo`.
final class SSHScriptTests: XCTestCase {
    private func run(_ script: String, _ arguments: [String] = [], locale: String) async throws -> CommandResult {
        let folder = try temporaryFolder()
        for (name, text) in [("ssh", #"for last; do :; done; exec sh -c "$last""#), ("sudo", #"exec "$@""#)] {
            let file = folder.appending(path: name)
            try "#!/bin/sh\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"),
            environment: ["PATH": "\(folder.path):/usr/bin:/bin", "LC_ALL": locale])
        return try await SSHClient(runner: runner, configFile: folder.appending(path: "none"), host: "askari")
            .runAsRoot(script, arguments: arguments, limit: .seconds(20))
    }

    func testAScriptArrivesWholeAndItsCommandsReadNothingOfIt() async throws {
        let long = String(repeating: "# ä comment that fills more than one buffer of a pipe\n", count: 2000)
        let script = "echo \"first ä $1 $#\"\n\(long)cat\necho 'back\\slash'\nexit 7"
        for locale in ["C", "C.UTF-8"] {
            let result = try await run(script, ["one word", "two"], locale: locale)
            XCTAssertEqual(result.output, "first ä one word 2\nback\\slash\n", "\(locale): \(result.errorOutput)")
            XCTAssertEqual(result.ending, .exited(7), locale)
        }
    }

    func testNoScriptIsNoTrouble() async throws {
        let result = try await run("", locale: "C")
        XCTAssertEqual(result.ending, .exited(0), result.errorOutput)
    }
}
