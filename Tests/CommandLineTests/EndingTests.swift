import Foundation
import VMHarness
import XCTest

/// How the built program ends when it is told to, with a tool running that takes its time.
final class EndingTests: XCTestCase {
    /// Starts `golden build` with a tool that notes its number and waits, does something to both, and says what is left.
    private func run(tool behaviour: String = "", then script: String) async throws -> CommandResult {
        let tool = try Tool(self)
        let slow = tool.home.appending(path: "bin")
        try FileManager.default.createDirectory(at: slow, withIntermediateDirectories: true)
        let pid = tool.home.appending(path: "pid").path
        let fake = slow.appending(path: "sh")
        try "#!/bin/bash\n\(behaviour)\necho $$ > \(shellQuoted(pid))\nfor i in {1..600}; do sleep 0.1; done\n".write(
            to: fake, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fake.path)
        let boma = shellQuoted(Tool.binary.path)
        return try await tool.shell(
            "bash",
            """
            set -m
            BOMA_IT_DEBIAN_MIRROR=http://192.0.2.1/ PATH=\(shellQuoted(slow.path)):$PATH \(boma) golden build 2>/dev/null &
            main=$!
            for i in {1..100}; do [[ -s \(shellQuoted(pid)) ]] && break; sleep 0.1; done
            slow=$(cat \(shellQuoted(pid)))
            SECONDS=0
            boma_clean() { \(boma) clean >/dev/null 2>&1; }
            gone() { for i in {1..80}; do kill -0 "$1" 2>/dev/null || return 0; sleep 0.1; done; return 1; }
            \(script)
            """)
    }

    func testEachSignalEndsItAndItsTools() async throws {
        for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
            let result = try await run(
                then: "kill -\(signal) $main; wait $main; s=$?; gone $slow && echo $s in $((SECONDS < 8))")
            XCTAssertEqual(result.output, "\(status) in 1\n", "\(signal): \(result.errorOutput)")
        }
    }

    func testATwiceInterruptedOneEndsNowAndAStubbornToolIsEndedByTheNext() async throws {
        let result = try await run(
            tool: "trap '' TERM INT HUP",
            then: """
                kill -INT $main; sleep 0.3; kill -INT $main; wait $main; echo $? in $((SECONDS < 3))
                kill -0 $slow 2>/dev/null && echo "tool goes on"
                boma_clean
                gone $slow && echo "tool ended"
                """)
        XCTAssertEqual(result.output, "130 in 1\ntool goes on\ntool ended\n", result.errorOutput)
    }

    func testToolsOfAKilledOneAreEndedByTheNext() async throws {
        let result = try await run(
            then: """
                kill -KILL $main; wait $main 2>/dev/null
                kill -0 $slow 2>/dev/null && echo "tool goes on"
                boma_clean
                gone $slow && echo "tool ended"
                """)
        XCTAssertEqual(result.output, "tool goes on\ntool ended\n", result.errorOutput)
    }
}
