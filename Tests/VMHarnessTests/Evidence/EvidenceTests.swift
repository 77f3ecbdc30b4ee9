import Foundation
import XCTest

@testable import VMHarness

final class EvidenceTests: XCTestCase {
    private func machine(_ runner: any CommandRunner) throws -> Machine {
        Machine(
            record: MachineRecord(
                name: "m", run: "r", subject: "askari", owner: .current, created: Date(), address: "192.0.2.10",
                mac: "", backing: "/",
                evidence: "/"),
            folder: MachineFolder(url: try temporaryFolder()), virsh: Virsh(runner: runner, uri: "test"),
            runner: runner,
            accelerator: .kvm, timeFactor: 1, say: { _ in })
    }

    private func collector(_ runner: any CommandRunner, in folder: URL, seconds: Double = 60) throws
        -> EvidenceCollector
    {
        EvidenceCollector(try machine(runner), folder: folder, runner: runner, budget: .seconds(seconds))
    }

    private func text(_ name: String, in folder: URL) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    func testOverSSHItIsOneRoundTripAndEachProbeGetsItsFile() async throws {
        let runner = ScriptedRunner { command in
            guard command.tool == "ssh" else { return (0, "<domain/>") }
            // What a guest's shell prints: each file with its marker.
            let marker = command.input?.components(separatedBy: "echo \"").last?.split(separator: " ").first ?? ""
            return (0, EvidenceProbe.standard.map { "\(marker) \($0.file)\nanswer to \($0.file)\n" }.joined())
        }
        let folder = try temporaryFolder()
        let gaps = try await collector(runner, in: folder).collect()
        XCTAssertEqual(gaps, [])
        XCTAssertEqual(runner.commands.filter { $0.tool == "ssh" }.count, 1, "one round trip")
        XCTAssertTrue(try text("nft-ruleset.txt", in: folder).contains("answer to nft-ruleset.txt"))
        XCTAssertEqual(try text("domain.xml", in: folder), "<domain/>")
    }

    /// A real shell: what hangs costs only its own answer, and what is said at once is kept.
    func testAProbeThatHangsCostsOnlyItsOwnAnswer() async throws {
        let runner = try SystemCommandRunner(
            logs: try temporaryFolder(), environment: ProcessInfo.processInfo.environment)
        let script = EvidenceScript(
            probes: [
                EvidenceProbe(file: "hangs.txt", command: "echo begun; sleep 60"),
                EvidenceProbe(file: "quick.txt", command: "echo it\\'s quick; echo also errors >&2; cat"),
                EvidenceProbe(file: "stubborn.txt", command: "trap '' TERM; echo begun; sleep 60; sleep 60"),
            ], seconds: 6)
        let result = try await runner.run(Command("bash", ["-c", script.text], limit: .seconds(30)))
        XCTAssertLessThan(result.duration, .seconds(10))
        let folder = try temporaryFolder()
        XCTAssertEqual(try script.write(result.output, to: folder), [])
        XCTAssertTrue(try text("hangs.txt", in: folder).hasPrefix("begun\n(boma-it: no more within 2 s)"))
        XCTAssertTrue(try text("stubborn.txt", in: folder).hasPrefix("begun\n"))
        XCTAssertTrue(try text("quick.txt", in: folder).hasPrefix("it's quick\nalso errors\n"))
        // An answer that was cut off keeps what it has, and says what it has not.
        let part = result.output.components(separatedBy: "quick.txt")[0]
        XCTAssertEqual(try script.write(part, to: folder), ["quick.txt", "stubborn.txt"])
    }

    func testWithoutSSHTheAgentIsAsked() async throws {
        let folder = try temporaryFolder()
        let runner = AgentRunner(logs: try temporaryFolder())
        let gaps = try await collector(runner, in: folder).collect()
        XCTAssertEqual(gaps, ["not over SSH: no route to host", "collected through the guest agent"])
        XCTAssertTrue(try text("journal.txt", in: folder).contains("answer to journal.txt"))
    }

    func testWhatIsMissingIsSaid() async throws {
        let gaps = try await collector(
            ScriptedRunner { _ in (255, "connection refused") }, in: try temporaryFolder()
        ).collect()
        XCTAssertEqual(
            gaps,
            ["not over SSH", "not through the guest agent", "not from its disk"].map { "\($0): connection refused" })
    }

    func testAGuestThatHangsDoesNotKeepUsLongerThanTheBudget() async throws {
        let runner = HangingRunner()
        let start = ContinuousClock.now
        let gaps = try await collector(runner, in: try temporaryFolder(), seconds: 4).collect()
        XCTAssertEqual(gaps.count, 3, "\(gaps)")
        XCTAssertLessThan(ContinuousClock.now - start, .seconds(5.3))
    }

    func testWhatWasAskedForAfterTheFailureComesFirst() throws {
        let run = try temporaryFolder()
        for path in ["T/commands/0001-ssh.out", "T/console.log", "T/evidence/journal.txt", "T/ansible/a.log"] {
            let file = run.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("x".utf8).write(to: file)
        }
        XCTAssertEqual(
            EvidenceFile.all(in: run.appending(path: "T"), of: run).map(\.path),
            ["T/evidence/journal.txt", "T/ansible/a.log", "T/console.log", "T/commands/0001-ssh.out"])
    }

    func testEtcIsComparedByName() {
        let golden = EtcChanges.parse("\(digest("a"))  ./hosts\n\(digest("b"))  ./fstab\nlink:../x  ./localtime\n")
        let guest = EtcChanges.parse(
            "sha256sum: ./gone: No such file\n\(digest("a"))  ./hosts\n\(digest("c"))  ./fstab\n\(digest("d"))  ./new\u{1B}\n"
        )
        XCTAssertEqual(
            EtcChanges.lines(golden: golden, guest: guest),
            ["changed  /etc/fstab", "removed  /etc/localtime", "added    /etc/new\\u{1b}"])
    }

    private func digest(_ letter: Character) -> String { String(repeating: letter, count: 64) }

    func testTwoRunsInOneSecondHaveTwoFolders() throws {
        let runs = try temporaryFolder()
        let now = Date(timeIntervalSince1970: 0)
        let ids = try [RunDirectory(in: runs, subject: "a", now: now), RunDirectory(in: runs, subject: "a", now: now)]
            .map(\.id)
        XCTAssertEqual(ids, ["19700101T000000Z-a", "19700101T000000Z-a-2"])
    }
}

/// A guest that has no network, and an agent.
private struct AgentRunner: CommandRunner {
    let logs: URL

    func run(_ command: Command) async throws -> CommandResult {
        func result(_ output: String, _ status: Int32 = 0, log: URL? = nil) -> CommandResult {
            CommandResult(
                command: command, ending: .exited(status), duration: .zero, output: output,
                errorOutput: status == 0 ? "" : output, log: log)
        }
        let words = command.arguments.joined(separator: " ")
        let answer = logs.appending(path: "answer.gz")
        switch (command.tool, words) {
        case ("ssh", _): return result("no route to host", 255)
        case ("gzip", _):
            return try await SystemCommandRunner(logs: logs, environment: ["PATH": "/usr/bin:/bin"]).run(command)
        case (_, let words) where words.contains("guest-ping"): return result(#"{"return": {}}"#)
        case (_, let words) where words.contains("guest-exec-status"):
            let data = try Data(contentsOf: answer).base64EncodedString()
            return result(#"{"return": {"exited": true, "exitcode": 0, "out-data": "\#(data)"}}"#)
        case (_, let words) where words.contains("guest-exec"):
            let marker = words.components(separatedBy: #"echo \""#).last?.split(separator: " ").first ?? ""
            let text = EvidenceProbe.standard.map { "\(marker) \($0.file)\nanswer to \($0.file)\n" }.joined()
            let real = try SystemCommandRunner(logs: logs, environment: ["PATH": "/usr/bin:/bin"])
            let packed = try await real.run(
                Command("bash", ["-c", "gzip -c > \(shellQuoted(answer.path))"], input: text))
            try packed.requireSuccess("packing")
            return result(#"{"return": {"pid": 7}}"#)
        default: return result("<domain/>")
        }
    }
}

/// Every tool runs into its limit.
private struct HangingRunner: CommandRunner {
    func run(_ command: Command) async throws -> CommandResult {
        try await pause(for: command.limit)
        return CommandResult(
            command: command, ending: .timedOut(command.limit), duration: command.limit, output: "", errorOutput: "",
            log: nil)
    }
}
