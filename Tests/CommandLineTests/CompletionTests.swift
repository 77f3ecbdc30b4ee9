import Foundation
import VMHarness
import XCTest

@testable import boma_it

final class CompletionTests: XCTestCase {
    private let scripts = CompletionScript(commands: CommandTable.all)

    func testTheScriptsAreSound() async throws {
        let tool = try Tool(self)
        for (shell, check) in [(CompletionScript.Shell.bash, "-n"), (.zsh, "-n"), (.fish, "--no-execute")]
        where Tool.isThere(shell.rawValue) {
            let result = try await tool.shell(shell.rawValue, scripts.text(for: shell), arguments: [check])
            XCTAssertTrue(result.succeeded, "\(shell): \(result.errorOutput)")
            XCTAssertEqual(result.errorOutput, "", "\(shell)")
        }
    }

    /// What bash would offer for the last word.
    private func offers(_ words: [String], _ tool: Tool) async throws -> [String] {
        let line = ([Tool.binary.path] + words).map(shellQuoted).joined(separator: " ")
        let result = try await tool.shell(
            "bash",
            """
            set -u
            \(scripts.text(for: .bash))
            COMP_WORDS=(\(line))
            COMP_CWORD=\(words.count)
            _boma_it
            printf '%s\\n' "${COMPREPLY[@]}"
            """)
        try result.requireSuccess("completing \(words)")
        XCTAssertEqual(result.errorOutput, "", "\(words)")
        return result.output.split(separator: "\n").map(String.init)
    }

    func testBashReallyCompletes() async throws {
        let tool = try Tool(self, profiles: ["askari", "boma"])
        func check(_ words: [String], _ expected: [String], line: UInt = #line) async throws {
            let found = try await offers(words, tool)
            XCTAssertEqual(found.sorted(), expected.sorted(), "\(words)", line: line)
        }
        try await check(["st"], ["status"])
        try await check(["golden", ""], ["list", "pull", "build", "verify", "prune"])
        try await check(["golden", "p"], ["pull", "prune"])
        try await check(["golden", "prune", "--"], ["--dry-run", "--help"])
        try await check(["up", ""], ["askari", "boma"])
        try await check(["up", "--no-play", "a"], ["askari"])
        try await check(["up", "askari", ""], [])
        try await check(["completion", ""], ["bash", "zsh", "fish"])
        try await check(["runs", "--limit", ""], [])
        try await check(["runs", "--limit", "=", "3", "--j"], ["--json"])
        try await check(["--tags", "base", "pl"], ["play"])
        try await check(["ssh", ""], [])
        try await check(["-"], ["--help", "--version"])
        try await check(["nonsense", ""], [])
        let first = try await offers([""], tool)
        XCTAssertTrue(first.contains("golden") && first.contains("doctor") && !first.contains("_list"), "\(first)")
    }

    func testFishReallyCompletes() async throws {
        try XCTSkipUnless(Tool.isThere("fish"), "fish is not installed")
        let tool = try Tool(self)
        let result = try await tool.shell(
            "fish", "\(scripts.text(for: .fish))\ncomplete -C 'boma-it golden v'\ncomplete -C 'boma-it stat'")
        let words = result.output.split(separator: "\n").compactMap { $0.split(separator: "\t").first.map(String.init) }
        XCTAssertEqual(words, ["verify", "status"], result.output + result.errorOutput)
    }
}
