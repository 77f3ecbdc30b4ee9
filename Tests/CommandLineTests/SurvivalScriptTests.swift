import Foundation
import VMHarness
import XCTest

/// `scripts/survival` is `boma-it survive` and nothing else: its words, its status.
final class SurvivalScriptTests: XCTestCase {
    func testItIsTheCommand() async throws {
        let tool = try Tool(self)
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let scripts = tool.home.appending(path: "tree/scripts")
        try FileManager.default.createDirectory(at: scripts, withIntermediateDirectories: true)
        for (name, text) in [
            ("survival", try String(contentsOf: root.appending(path: "scripts/survival"), encoding: .utf8)),
            ("swift", "#!/bin/bash\necho \(shellQuoted(scripts.path))\n"),
            ("boma-it", "#!/bin/bash\necho \"$@\"\nexit $STATUS\n"),
        ] {
            let file = scripts.appending(path: name)
            try text.write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        for (status, arguments) in [(0, ["askari"]), (3, ["askari", "--json"]), (4, ["kituo"]), (130, ["a b"])] {
            let result = try await tool.runner.run(
                Command(
                    scripts.appending(path: "survival").path, arguments,
                    environment: ["PATH": "\(scripts.path):/usr/bin:/bin", "STATUS": "\(status)"]))
            XCTAssertEqual(result.ending, .exited(Int32(status)))
            XCTAssertEqual(result.output, "survive \(arguments.joined(separator: " "))\n")
        }
        let none = try await tool.runner.run(
            Command(scripts.appending(path: "survival").path, [], environment: ["PATH": "/usr/bin:/bin"]))
        XCTAssertEqual(none.ending, .exited(1))
        XCTAssertTrue(none.errorOutput.contains("usage: survival HOST"), none.errorOutput)
    }
}
