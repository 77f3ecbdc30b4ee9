import Foundation
import XCTest

@testable import VMHarness

extension XCTestCase {
    /// Runs a script that is made for a guest, for real; the guest's tools are stand-ins, each a few lines of bash.
    ///
    /// - Parameter script: gets the folder with the stand-ins, for paths that it has to name.
    func runGuestScript(tools: [String: String], _ script: (URL) -> String) async throws -> CommandResult {
        let folder = try temporaryFolder()
        for (name, text) in tools {
            let file = folder.appending(path: name)
            try "#!/bin/bash\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ["PATH": "\(folder.path):/usr/bin:/bin"])
        return try await runner.run(Command("bash", ["-c", script(folder)]))
    }
}
