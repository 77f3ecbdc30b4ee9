import Foundation
import VMHarness
import XCTest

@testable import boma_it

/// Command lines and settings that can't be carried out, given to the built program: it ends as documented, says what and
/// why, and never calls anything that defines or starts something.
final class BadCommandLineTests: XCTestCase {
    /// Words that are no usage of boma-it: status 2.
    private static let wrongUsage: [[String]] = [
        [], [""], ["--"], ["-"], ["---"], ["-="], ["--="], ["--=x"], ["\u{1b}[2J"], ["\u{7}"], ["%s%n"],
        ["/etc/passwd"],
        [String(repeating: "a", count: 20_000)], ["UP", "askari"], ["up\n"], ["up "], ["é"], ["🏴‍☠️"], ["up", ""],
        ["up"], ["up", "askari", "simba"], ["up", "askari", "--tags"], ["up", "askari", "--tags="],
        ["up", "askari", "--tags", "--cold"], ["up", "askari", "--no-play=yes"],
        ["up", "askari", "--no-play", "--tag", "x"],
        ["up", "--cold"], ["up", "askari", "--", "--cold"], ["up", "askari", "-x"], ["up", "askari", "--follow"],
        ["runs", "-n"], ["runs", "-n", "0"], ["runs", "-n", "-1"], ["runs", "-n", "1e3"], ["runs", "-n", "0x10"],
        ["runs", "-n", " 1"], ["runs", "-n", "٣"], ["runs", "-n=99999999999999999999"], ["runs", "--limit", ""],
        ["runs", "--limit="], ["runs", "5"], ["runs", "--limit", "5", "5"], ["console", "-ff", "-x"],
        ["console", "a", "b"],
        ["reboot", "--power-cut=now"], ["reboot", "a", "b"], ["play", "a", "b"], ["play", "--scenario"],
        ["play", "--scenario", "--tags"], ["keep"], ["keep", "a", "--reason"], ["keep", "a", "--reason="],
        ["clean", "--force"], ["clean", "--dry_run"], ["status", "all"], ["golden"], ["golden", ""], ["golden", "rm"],
        ["golden", "prune", "all"], ["golden", "list", "--dry-run"], ["golden", "pull", "https://example.org/x"],
        ["report", "a", "b"], ["completion"], ["completion", ""], ["completion", "bash", "zsh"],
        ["completion", "BASH"],
        ["help", "no-such"], ["help", "golden", "no-such"], ["_list"], ["_list", "../.."], ["doctor", "--fix=yes"],
        ["doctor", "now"], ["man", "1"], ["--version", "--nonsense-before"], ["-v", "status"], ["-hx", "-y"],
    ]

    func testWrongUsageEndsWithTwoAndOneLineOfWhy() async throws {
        let tool = try Tool(self, profiles: ["askari"])
        var seen = 0
        for words in Self.wrongUsage where !words.contains("--version") && !words.contains("-hx") {
            let result = try await tool.bomaIt(words)
            let text = result.errorOutput
            let line = words.joined(separator: " ").prefix(60)
            XCTAssertEqual(result.ending, .exited(2), "'\(line)': \(text)")
            XCTAssertEqual(result.output, "", "'\(line)'")
            XCTAssertTrue(text.hasPrefix("boma-it: ") && text.contains("  help: boma-it help"), "'\(line)': \(text)")
            sound(text, "'\(line)'")
            seen += 1
        }
        XCTAssertGreaterThanOrEqual(seen, 70)
    }

    func testAnOptionGivenTwiceCountsOnce() async throws {
        let tool = try Tool(self)
        let result = try await tool.bomaIt(["runs", "-n", "1", "--limit", "2", "--json", "--json"])
        XCTAssertEqual(result.ending, .exited(0), result.errorOutput)
    }

    /// Settings that stop every command that needs them: status 1, and the variable's name.
    func testWrongSettingsEndWithOneAndTheVariable() async throws {
        let tool = try Tool(self, profiles: ["askari"])
        for (name, value) in [
            ("BOMA_IT_KEEP", "maybe"), ("BOMA_IT_SUBNET", "1.2.3"), ("BOMA_IT_TIME_FACTOR", "1e300"),
            ("BOMA_IT_RAM_RESERVE_MIB", "9223372036854775807"), ("BOMA_IT_CACHE", "~/x"), ("BOMA_IT_RUNS", " "),
            ("BOMA_IT_LIBVIRT_URI", "--help"), ("BOMA_IT_IMAGE_URL", "-o/etc/passwd"), ("BOMA_IT_TYPO", "x"),
            ("BOMA_IT_HOST", "a\u{1b}[2Jb"),
        ] {
            for words in [["status"], ["clean"], ["up", "askari"], ["runs"]] {
                let result = try await tool.bomaIt(words, environment: [name: value])
                XCTAssertEqual(result.ending, .exited(1), "\(name) \(words): \(result.errorOutput)")
                XCTAssertTrue(
                    result.errorOutput.hasPrefix("boma-it: environment variable \(name) is '"), result.errorOutput)
                sound(result.errorOutput, "\(name) \(words)")
            }
        }
    }

    /// What is right on the command line and can't be done: status 1 and a fix.
    func testWhatCanNotBeDoneEndsWithOneAndTheFix() async throws {
        let tool = try Tool(self, profiles: ["askari"])
        let file = tool.home.appending(path: "file")
        try Data("x".utf8).write(to: file)
        for (words, environment) in [
            (["ssh", "\u{1b}[2J"], [:]), (["ssh", "../../etc"], [:]), (["console", ""], [:]), (["keep", "-"], [:]),
            (["clean", "nobody"], [:]), (["clean", "boma-it-askari-"], [:]), (["report", "nosuch"], [:]),
            (["report", "../.."], [:]), (["clean"], [:]), (["clean", "--dry-run"], [:]), (["golden", "verify"], [:]),
            (["golden", "list"], ["BOMA_IT_CACHE": file.path]), (["golden", "build"], ["BOMA_IT_CACHE": file.path]),
            (["golden", "pull"], ["BOMA_IT_IMAGE_URL": "file:///nonexistent/debian.qcow2"]),
            (["up", "nobody"], [:]), (["up", "../askari"], [:]), (["up", "askari"], ["BOMA_IT_RUNS": file.path]),
            (["up", "askari"], ["BOMA_IT_CACHE": file.path]),
        ] as [([String], [String: String])] {
            let result = try await tool.bomaIt(words, environment: environment)
            // An empty cache has nothing that could be corrupt.
            guard words != ["golden", "verify"], words != ["golden", "list"] else { continue }
            XCTAssertNotEqual(result.ending, .exited(0), "\(words)")
            if words != ["console", ""] {
                XCTAssertEqual(result.ending, .exited(1), "\(words): \(result.errorOutput)")
            }
            XCTAssertTrue(
                ["fix: ", "hint: ", "help: "].contains { result.errorOutput.contains($0) },
                "\(words): \(result.errorOutput)")
            sound(result.errorOutput, "\(words)")
        }
    }

    /// A libvirt that would do anything: nothing of the above may have asked it to.
    func testNothingIsDefinedOrStartedOnTheWay() async throws {
        let tool = try Tool(self, profiles: ["askari"])
        let folder = tool.home.appending(path: "bin")
        let calls = tool.home.appending(path: "calls")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["virsh", "virt-install", "ssh", "ansible-playbook"] {
            let fake = folder.appending(path: name)
            try "#!/bin/sh\necho \(name) \"$@\" >> \(shellQuoted(calls.path))\n".write(
                to: fake, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fake.path)
        }
        for words in Self.wrongUsage + [["up", "nobody"], ["up", "../askari"], ["clean"], ["status"]] {
            _ = try await tool.bomaIt(words, environment: ["PATH": "\(folder.path):/usr/bin:/bin"])
        }
        let text = (try? String(contentsOf: calls, encoding: .utf8)) ?? ""
        XCTAssertTrue(text.contains("virsh"), "the fake has to be what is called")
        for verb in [" define", " create", " start", " restore", "net-define", "net-start", "virt-install", "ssh "] {
            XCTAssertFalse(text.contains(verb), text)
        }
    }

    private func sound(_ text: String, _ what: String) {
        XCTAssertFalse(text.contains("\u{1b}") || text.contains("\u{7}"), "\(what): \(text)")
        for word in ["Fatal error", "Traceback", "Stack dump", "Swift.", "Error Domain", "NSCocoa"] {
            XCTAssertFalse(text.contains(word), "\(what): \(text)")
        }
        XCTAssertLessThan(text.utf8.count, 4000, what)
    }
}
