import Foundation
import VMHarness
import XCTest

/// `scripts/survival` with stand-ins for what it calls: which exit status comes of what.
final class SurvivalScriptTests: XCTestCase {
    private func run(tests: String, verdict: Int32, host: String? = "askari") async throws -> CommandResult {
        let tool = try Tool(self)
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let scripts = tool.home.appending(path: "tree/scripts")
        try FileManager.default.createDirectory(at: scripts, withIntermediateDirectories: true)
        for (name, text) in [
            ("survival", try String(contentsOf: root.appending(path: "scripts/survival"), encoding: .utf8)),
            ("run-tests", "#!/bin/bash\necho \"asks $1 of $BOMA_IT_HOST, required: $BOMA_IT_REQUIRE\"\n\(tests)\n"),
            ("swift", "#!/bin/bash\necho \(shellQuoted(scripts.path))\n"),
            ("boma-it", "#!/bin/bash\necho \"verdict of $2\"\nexit \(verdict)\n"),
        ] {
            let file = scripts.appending(path: name)
            try text.write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        return try await tool.runner.run(
            Command(
                scripts.appending(path: "survival").path, [host].compactMap { $0 },
                environment: ["PATH": "\(scripts.path):/usr/bin:/bin"]))
    }

    private let report = "echo '[  7:45] report: /runs/20260617T120000Z-askari/index.html'"

    func testTheStatusIsTheVerdicts() async throws {
        for (tests, verdict, status) in [
            (report, 0, 0), ("\(report); exit 1", 3, 3), ("\(report); exit 1", 4, 4),
            // A test that failed after all never lets the host pass.
            ("\(report); exit 1", 0, 4),
            // No word of the harness, but of a guest.
            ("echo '[  7:45]   | report: /runs/20260617T120000Z-evil/index.html'", 0, 4),
            // Nothing was built, or no libvirt.
            ("exit 1", 0, 4), ("true", 0, 4), ("\(report)", 1, 4),
        ] as [(String, Int32, Int32)] {
            let result = try await run(tests: tests, verdict: verdict)
            XCTAssertEqual(result.ending, .exited(status), "\(tests), verdict \(verdict): \(result.output)")
        }
    }

    func testItAsksForThatHostAndRequiresAnAnswer() async throws {
        let output = try await run(tests: report, verdict: 0).output
        XCTAssertTrue(output.contains(#"asks ^IntegrationTests\.SurvivalTests/ of askari, required: 1"#), output)
        XCTAssertTrue(output.contains("verdict of 20260617T120000Z-askari"), output)
        let result = try await run(tests: report, verdict: 0, host: nil)
        XCTAssertEqual(result.ending, .exited(1), result.output)
        XCTAssertTrue(result.errorOutput.contains("usage: survival HOST"), result.errorOutput)
    }
}
