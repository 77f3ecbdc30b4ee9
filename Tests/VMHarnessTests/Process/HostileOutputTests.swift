import Foundation
import XCTest

@testable import VMHarness

/// What a guest sends may be endless, malformed, or meant for the reader's terminal.
final class HostileOutputTests: XCTestCase {
    private func makeRunner() throws -> SystemCommandRunner {
        try SystemCommandRunner(logs: try temporaryFolder(), environment: ["PATH": "/usr/bin:/bin"])
    }

    func testACommandThatNeverStopsWritingIsEndedAndItsLogIsBounded() async throws {
        let runner = try makeRunner()
        for script in ["exec cat /dev/zero", "exec yes", "exec cat /dev/zero >&2"] {
            var command = Command("sh", ["-c", script], limit: .seconds(60))
            command.outputLimit = 4 << 20
            let result = try await runner.run(command)
            XCTAssertEqual(result.ending, .tooMuchOutput(4 << 20), script)
            XCTAssertLessThan(result.duration, .seconds(20))
            for file in try FileManager.default.contentsOfDirectory(atPath: runner.logs.path) {
                XCTAssertLessThanOrEqual(LineReader(file: runner.logs.appending(path: file)).size, 4 << 20, file)
            }
            XCTAssertThrowsError(try result.requireSuccess("asking the guest")) {
                XCTAssertTrue("\($0)".contains("wrote more than 4 MiB"), "\($0)")
            }
        }
    }

    func testACancelledToolThatIgnoresTermIsKilled() async throws {
        let runner = try makeRunner()
        let task = Task {
            try await runner.run(
                Command("sh", ["-c", "trap '' TERM INT HUP; while :; do sleep 0.1; done"], limit: .seconds(60)))
        }
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        task.cancel()
        await assertThrows({ try await task.value })
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(9))
    }

    func testAnEndlessLineIsCutAndTheNextOneIsRead() throws {
        let file = try temporaryFolder().appending(path: "console.log")
        try (Data(repeating: 0x78, count: 9 << 20) + Data("\nKernel panic\nhalf".utf8)).write(to: file)
        var reader = LineReader(file: file)
        var lines: [String] = []
        while reader.position < reader.size { lines += reader.newLines() }
        XCTAssertEqual(lines.count, 2)
        XCTAssertTrue(lines[0].hasSuffix(" … (cut)"))
        XCTAssertLessThan(lines[0].utf8.count, LineReader.longestLine + 20)
        XCTAssertEqual(lines[1], "Kernel panic")
        XCTAssertEqual(reader.unfinishedLine(), "half")
    }

    func testManyShortLinesAreReadInTime() throws {
        let file = try temporaryFolder().appending(path: "console.log")
        try Data(repeating: 0x0A, count: 1 << 20).write(to: file)
        var reader = LineReader(file: file)
        let start = ContinuousClock.now
        XCTAssertEqual(reader.newLines().count, 1 << 20)
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(20))
    }

    func testAConsoleThatWasStartedAnewIsReadFromItsStart() throws {
        let file = try temporaryFolder().appending(path: "console.log")
        try Data("an old and long line\n".utf8).write(to: file)
        var reader = LineReader(file: file)
        XCTAssertEqual(reader.newLines(), ["an old and long line"])
        try Data("new\n".utf8).write(to: file)
        XCTAssertEqual(reader.newLines(), ["new"], "the same file, emptied")
        try Data("another\n".utf8).write(to: file, options: .atomic)
        XCTAssertEqual(reader.newLines(), ["another"], "another file of that name")
    }

    func testShowingAConsoleEndsEvenWhenTheGuestWritesOn() async throws {
        let file = try temporaryFolder().appending(path: "console.log")
        try Data("line\n".utf8).write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        var shown = 0
        try await followLines(of: file) { _ in
            shown += 1
            // Faster than anybody reads.
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("more\nand more\n".utf8))
        } while: {
            false
        }
        XCTAssertEqual(shown, 1)
    }

    func testNothingInForeignTextActsOnATerminal() {
        let nasty = "a\u{1b}[2J\u{1b}]0;title\u{7}b\u{9b}31m\u{202e}c\r\nd\te\u{0}"
        XCTAssertEqual(
            harmless(nasty), "a\\u{1b}[2J\\u{1b}]0;title\\u{7}b\\u{9b}31m\\u{202e}c\nd\te\\u{0}")
        XCTAssertEqual(harmless("plain ünïcode\n"), "plain ünïcode\n")
        XCTAssertEqual(printable("\u{1b}c"), "\\u{1b}c")
        let late = WaitError(requirement: "a", elapsed: .zero, lastSeen: "\u{1b}[2J", hint: "b")
        XCTAssertFalse("\(late)".contains("\u{1b}"))
    }

    func testEvidenceIsBoundedNamedByUsAndHarmless() throws {
        let folder = try temporaryFolder()
        let marker = "boma-it-m"
        let big = String(repeating: "x", count: EvidenceScript.largestFile + 1000)
        let answer =
            "noise\(marker) ss.txt\nred \u{1b}[31m\n\(marker) ../../escape.txt\nhello\n\(marker) journal.txt\n\(big)\n\(marker) ss.txt\nagain\n"
        let missing = try EvidenceScript(probes: EvidenceProbe.standard, seconds: 9, marker: marker).write(
            answer, to: folder)
        XCTAssertFalse(missing.contains { $0.contains("ss.txt") || $0.contains("journal.txt") })
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        XCTAssertEqual(files, ["journal.txt", "ss.txt"], "only what was asked for")
        let sockets = try String(contentsOf: folder.appending(path: "ss.txt"), encoding: .utf8)
        XCTAssertEqual(sockets, "red \\u{1b}[31m\n", "the first answer counts")
        XCTAssertLessThanOrEqual(
            LineReader(file: folder.appending(path: "journal.txt")).size, UInt64(EvidenceScript.largestFile))
    }

    // MARK: - Servers that are none

    /// A port that accepts and, when given bytes, sends them over and over.
    private func serve(_ script: String) throws -> (port: Int, stop: @Sendable () -> Void) {
        let server = Process()
        server.executableURL = URL(filePath: "/usr/bin/env")
        server.arguments = ["python3", "-c", script]
        let pipe = Pipe()
        server.standardOutput = pipe
        server.standardError = FileHandle.nullDevice
        try server.run()
        let pid = server.processIdentifier
        let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        let port = try XCTUnwrap(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        return (port, { ChildProcess.signal(9, to: pid) })
    }

    private func login(atPort port: Int) async throws -> CommandResult {
        let folder = try temporaryFolder()
        let config = folder.appending(path: "ssh_config")
        try SSHConfig(
            host: "askari", address: "127.0.0.1", user: "debian", identityFile: folder.appending(path: "id"),
            knownHostsFile: folder.appending(path: "known"), controlPath: folder.appending(path: "c").path
        ).text.replacingOccurrences(of: "Port 22", with: "Port \(port)")
            .write(to: config, atomically: true, encoding: .utf8)
        let ssh = SSHClient(runner: try makeRunner(), configFile: config, host: "askari")
        return try await ssh.runAsRoot("true", limit: .seconds(60), isFresh: true)
    }

    func testAServerThatAcceptsAndSaysNothingIsGivenUpSoon() async throws {
        let (port, stop) = try serve(
            "import socket,time\ns=socket.socket(); s.bind(('127.0.0.1',0)); s.listen()\nprint(s.getsockname()[1],flush=True)\ntime.sleep(60)"
        )
        defer { stop() }
        let start = ContinuousClock.now
        let result = try await login(atPort: port)
        XCTAssertEqual(result.ending, .exited(255), "by itself: \(result.errorOutput)")
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(20))
        XCTAssertTrue(result.errorOutput.contains("banner exchange"), result.errorOutput)
    }

    func testAServerThatTalksWithoutEndIsGivenUpSoon() async throws {
        let (port, stop) = try serve(
            "import socket\ns=socket.socket(); s.bind(('127.0.0.1',0)); s.listen()\nprint(s.getsockname()[1],flush=True)\nc,_=s.accept()\nwhile True: c.sendall(b'\\x1b[2Jno banner'*1000+b'\\n')"
        )
        defer { stop() }
        let start = ContinuousClock.now
        let result = try await login(atPort: port)
        XCTAssertFalse(result.succeeded)
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(20))
        XCTAssertLessThan(result.errorOutput.utf8.count, 100_000)
    }
}
