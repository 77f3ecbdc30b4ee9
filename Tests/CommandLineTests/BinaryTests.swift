import Foundation
import VMHarness
import XCTest

@testable import boma_it

/// The built program, from outside. None of these lines gets as far as libvirt.
final class BinaryTests: XCTestCase {
    func testBadCommandLinesEndWithTwo() async throws {
        let tool = try Tool(self)
        let lines = [
            "", "statsu", "golden", "golden x", "golden list extra", "golden list --jsno", "--nonsense", "-x",
            "status -x",
            "status --json=1", "status extra", "up", "up a b", "up a --tags", "up a --no-play=1", "ssh --nonsense",
            "console -fx",
            "play a b", "play --tags=", "play --tags --scenario", "reboot --power", "reboot a b", "runs --limit",
            "runs -n x",
            "runs -n0", "runs --limit=-1", "report a b", "keep", "keep a b", "keep a --reason", "clean --dryrun",
            "completion", "completion tcsh", "completion bash zsh", "man x", "help nonsense", "help golden x",
            "help status x", "doctor --fixx", "doctor x", "_list", "_list x", "\u{1b}[2J", "--", "-- --help",
        ]
        for line in lines {
            let result = try await tool.bomaIt(line.split(separator: " ").map(String.init))
            XCTAssertEqual(result.ending, .exited(2), "'\(line)': \(result.errorOutput)")
            XCTAssertEqual(result.output, "", "'\(line)': only answers go to standard output")
            XCTAssertTrue(result.errorOutput.hasPrefix("boma-it: "), "'\(line)': \(result.errorOutput)")
            XCTAssertTrue(result.errorOutput.contains("  help: boma-it help"), "'\(line)'")
            XCTAssertFalse(result.errorOutput.contains("\u{1b}"), "'\(line)'")
        }
    }

    func testNothingCrashesIt() async throws {
        let tool = try Tool(self)
        var generator = SystemRandomNumberGenerator()
        let pool =
            CommandTable.all.map(\.name) + [
                "", "-", "--json", "--limit", "-n", "--tags=", "é", "\u{7f}", "=", "-=", "--=a",
            ]
        for _ in 0..<40 {
            var words = (0..<4).compactMap { _ in pool.randomElement(using: &generator) }
            // Never a line that would be carried out.
            words.insert("--frobnicate", at: 0)
            let result = try await tool.bomaIt(words)
            XCTAssertEqual(result.ending, .exited(2), "\(words): \(result.errorOutput)")
        }
    }

    func testAnswers() async throws {
        let tool = try Tool(self, profiles: ["askari"])
        for (words, part) in [
            (["--version"], "boma-it \(BomaIt.version)\n"), (["help", "golden"], "golden prune"),
            (["--help"], "usage:"),
            (["status", "--json"], "["), (["runs", "--json"], "["), (["golden", "list", "--json"], "["),
            (["_list", "subjects"], "askari\n"), (["man"], ".TH BOMA-IT 1"), (["status"], ""), (["runs"], ""),
        ] {
            let result = try await tool.bomaIt(words)
            XCTAssertEqual(result.ending, .exited(0), "\(words): \(result.errorOutput)")
            XCTAssertTrue(result.output.hasPrefix(part) || result.output.contains(part), "\(words): \(result.output)")
        }
    }

    func testWhatCanNotBeDoneEndsWithOne() async throws {
        let tool = try Tool(self)
        for words in [
            ["ssh"], ["ssh", "nobody"], ["console"], ["play"], ["reboot"], ["report"], ["verdict"], ["keep", "x"],
            ["clean", "x"],
        ] {
            let result = try await tool.bomaIt(words)
            XCTAssertEqual(result.ending, .exited(1), "\(words): \(result.errorOutput)")
            XCTAssertTrue(result.errorOutput.contains("; fix: "), "\(words): \(result.errorOutput)")
        }
        let bad = try await tool.bomaIt(["status"], environment: ["BOMA_IT_KEEP": "sometimes"])
        XCTAssertEqual(bad.ending, .exited(1))
        XCTAssertTrue(bad.errorOutput.contains("BOMA_IT_KEEP"), bad.errorOutput)
    }

    /// The exit status is what a pipeline goes by.
    func testAVerdictIsAnExitStatus() async throws {
        let tool = try Tool(self)
        let runs = tool.home.appending(path: "integration-runs")
        let lost = Complaint(.answer, "tcp/80", event: "the reboot", text: "dead from outside")
        let skip = TestOutcome.skipped("no libvirt")
        for (number, verdict, outcome, status) in [
            (1, .survives, .passed, 0), (2, .doesNotSurvive([lost]), nil, 3),
            (3, .couldNotTell(Trouble(.error, "memory: none")), nil, 4), (4, nil, skip, 4),
        ] as [(Int, Verdict?, TestOutcome?, Int32)] {
            let id = "2026061\(number)T120000Z-askari"
            var report = RunReport(run: id, subject: "askari", started: Date())
            report.finished = Date()
            report.tests = [
                TestReport(
                    name: "t", className: "T", started: Date(), duration: 1,
                    outcome: outcome ?? TestOutcome(verdict ?? .survives), verdict: verdict)
            ]
            let folder = runs.appending(path: id)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try report.json().write(to: folder.appending(path: "report.json"))
            // Nobody asked in the last one, so it has no verdict to repeat unless it is named.
            for words in verdict == nil ? [["verdict", id]] : [["verdict", id], ["verdict"], ["verdict", "--json"]] {
                let result = try await tool.bomaIt(words)
                XCTAssertEqual(result.ending, .exited(status), "\(words): \(result.errorOutput)")
                XCTAssertTrue(result.output.contains(report.verdict.sentence), result.output)
            }
        }
    }

    /// Before anything is taken or made: what was mistyped is told with what was meant, as a verdict that nobody knows.
    func testAMistypedHostIsToldAtOnceWithTheNearOne() async throws {
        let tool = try Tool(self)
        let profiles = tool.home.appending(path: "profiles")
        try FileManager.default.createDirectory(at: profiles, withIntermediateDirectories: true)
        try Data().write(to: profiles.appending(path: "askari.yml"))
        for words in [["survive", "askary"], ["survive", "askary", "--json"]] {
            let result = try await tool.bomaIt(words, environment: ["BOMA_IT_PROFILES": profiles.path])
            XCTAssertEqual(result.ending, .exited(4), result.errorOutput)
            XCTAssertTrue(result.output.contains("Could not tell whether askary survives"), result.output)
            XCTAssertTrue(result.output.contains("did you mean askari?"), result.output)
        }
        XCTAssertFalse(
            FileManager.default.fileExists(atPath: tool.home.appending(path: "integration-runs").path),
            "a run folder was made")
    }

    func testTheDoctorLooksAtEverythingEvenWithoutLibvirt() async throws {
        let tool = try Tool(self)
        let result = try await tool.bomaIt(["doctor", "--json"], environment: ["PATH": "/nonexistent"])
        XCTAssertEqual(result.ending, .exited(1), result.errorOutput)
        let findings = try JSONDecoder().decode([Finding].self, from: Data(result.output.utf8))
        let missing = findings.filter { $0.state == .missing }.map(\.name)
        XCTAssertTrue(missing.contains("virsh") && missing.contains("libvirt"), "\(missing)")
        XCTAssertTrue(findings.contains { $0.name == "disk" } && findings.contains { $0.name == "golden image" })
        for finding in findings where Prerequisites.tools.contains(finding.name) && finding.state != .ok {
            XCTAssertNotNil(finding.fix, finding.name)
        }
    }

    func testItIsQuietWhenNobodyReadsOn() async throws {
        let tool = try Tool(self)
        let result = try await tool.shell(
            "bash",
            """
            set -o pipefail
            for i in 1 2 3 4 5; do \(shellQuoted(Tool.binary.path)) man | true; done
            \(shellQuoted(Tool.binary.path)) man | head -c 10 >/dev/null
            \(shellQuoted(Tool.binary.path)) help > /dev/full
            """)
        XCTAssertEqual(result.ending, .exited(1), "a full disk is an error")
        XCTAssertEqual(result.errorOutput.split(separator: "\n").count, 1, result.errorOutput)
    }

    func testCtrlCEndsTheToolsToo() async throws {
        let tool = try Tool(self)
        // A mirror that is asked for, and takes its time.
        let slow = tool.home.appending(path: "bin")
        try FileManager.default.createDirectory(at: slow, withIntermediateDirectories: true)
        let pid = tool.home.appending(path: "pid").path
        let fake = slow.appending(path: "sh")
        try "#!/bin/bash\necho $$ > \(shellQuoted(pid))\nsleep 60\n".write(to: fake, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fake.path)
        let result = try await tool.shell(
            "bash",
            """
            set -m
            BOMA_IT_DEBIAN_MIRROR=http://192.0.2.1/ PATH=\(shellQuoted(slow.path)):$PATH \
                \(shellQuoted(Tool.binary.path)) golden build &
            for i in {1..100}; do [[ -s \(shellQuoted(pid)) ]] && break; sleep 0.1; done
            kill -INT $!
            wait $!
            status=$?
            for i in {1..50}; do kill -0 "$(cat \(shellQuoted(pid)))" 2>/dev/null || break; sleep 0.1; done
            kill -0 "$(cat \(shellQuoted(pid)))" 2>/dev/null && echo "still there"
            exit $status
            """)
        XCTAssertEqual(result.ending, .exited(130), result.errorOutput)
        XCTAssertEqual(result.output, "")
    }
}
