import Foundation
import VMHarness
import XCTest

/// Runs tools for the tests of this folder, the built boma-it among them.
struct Tool {
    let runner: SystemCommandRunner
    let home: URL
    /// The program that was built together with these tests.
    static let binary = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "boma-it")

    init(_ test: XCTestCase, profiles: [String] = []) throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "boma-it-cli-test-\(UUID().uuidString)")
        self.home = home
        let folder = home.appending(path: "profiles")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in profiles { try Data().write(to: folder.appending(path: "\(name).yml")) }
        test.addTeardownBlock { try? FileManager.default.removeItem(at: home) }
        // A libvirt that is not there: no test of this folder may reach a real one.
        runner = try SystemCommandRunner(
            logs: home.appending(path: "logs"),
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": home.path, "LC_ALL": "C.UTF-8", "BOMA_IT_PROFILES": folder.path,
                "BOMA_IT_CACHE": home.appending(path: "cache").path, "BOMA_IT_LIBVIRT_URI": "test:///nowhere.xml",
            ])
    }

    func bomaIt(_ words: [String], environment: [String: String] = [:]) async throws -> CommandResult {
        try await runner.run(Command(Self.binary.path, words, environment: environment))
    }

    func shell(_ shell: String, _ script: String, arguments: [String] = []) async throws -> CommandResult {
        let file = home.appending(path: "script-\(UUID().uuidString)")
        try script.write(to: file, atomically: true, encoding: .utf8)
        return try await runner.run(Command(shell, arguments + [file.path]))
    }

    static func isThere(_ tool: String) -> Bool {
        ["/usr/bin", "/bin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    }
}
