import VMHarness
import XCTest

@testable import boma_it

final class ArgumentParserTests: XCTestCase {
    private let parser = ArgumentParser(commands: CommandTable.all)

    private func invocation(_ words: String...) throws -> Invocation {
        guard case .run(let invocation) = try parser.parse(words) else { throw UsageError(problem: "no run: \(words)") }
        return invocation
    }

    private func problem(_ words: String...) -> UsageError? {
        do {
            _ = try parser.parse(words)
            return nil
        } catch {
            return error as? UsageError
        }
    }

    func testOptionsMayStandAnywhere() throws {
        for words in [
            ["play", "askari", "--tags", "base"], ["play", "--tags", "base", "askari"],
            ["--tags", "base", "play", "askari"],
            ["play", "--tags=base", "askari"], ["--tags=base", "play", "askari"],
        ] {
            guard case .run(let found) = try parser.parse(words) else { return XCTFail("\(words)") }
            XCTAssertEqual(found.command.name, "play", "\(words)")
            XCTAssertEqual(found.arguments, ["askari"], "\(words)")
            XCTAssertEqual(found.values, ["tags": "base"], "\(words)")
        }
        XCTAssertEqual(try invocation("--json", "golden", "list").command.name, "golden list")
        XCTAssertEqual(try invocation("golden", "--json", "list").flags, ["json"])
    }

    func testShortOptions() throws {
        XCTAssertEqual(try invocation("runs", "-n", "3").count("limit"), 3)
        XCTAssertEqual(try invocation("runs", "-n3").count("limit"), 3)
        XCTAssertEqual(try invocation("runs", "-n=3").count("limit"), 3)
        XCTAssertTrue(try invocation("console", "-f").has("follow"))
        XCTAssertEqual(problem("console", "-fx")?.problem, "console has no option '-x'")
        XCTAssertEqual(problem("runs", "-n")?.problem, "-n lacks its value N")
    }

    func testTwoDashesEndTheOptions() throws {
        let ssh = try invocation("ssh", "askari", "--", "systemctl", "--failed", "--", "-x")
        XCTAssertEqual(ssh.arguments, ["askari", "systemctl", "--failed", "--", "-x"])
        XCTAssertEqual(ssh.beforeDashes, 1)
        XCTAssertEqual(try invocation("ssh", "--", "uptime").beforeDashes, 0)
        XCTAssertEqual(try invocation("ssh", "askari", "uptime").beforeDashes, 2)
        XCTAssertEqual(try invocation("keep", "--", "--help").arguments, ["--help"])
        XCTAssertEqual(try invocation("keep", "-").arguments, ["-"])
    }

    func testValues() throws {
        XCTAssertEqual(try invocation("play", "--tags", "a,b,,c").list("tags"), ["a", "b", "c"])
        XCTAssertEqual(try invocation("keep", "x", "--reason=-a=b").values["reason"], "-a=b")
        XCTAssertEqual(try invocation("runs", "--limit", "1", "--limit", "2").count("limit"), 2)
        XCTAssertEqual(problem("play", "--tags")?.problem, "--tags lacks its value TAGS")
        XCTAssertEqual(problem("play", "--tags", "--scenario", "x")?.problem, "--tags lacks its value TAGS")
        XCTAssertEqual(problem("play", "--tags=")?.problem, "--tags lacks its value TAGS")
        XCTAssertEqual(problem("status", "--json=yes")?.problem, "--json takes no value")
        for bad in ["0", "-1", "x", "1.5", "", "99999999999999999999"] {
            XCTAssertNotNil(problem("runs", "--limit=\(bad)"), bad)
        }
    }

    func testHelpAndVersion() throws {
        for words in [["--help"], ["-h"]] {
            guard case .help(nil) = try parser.parse(words) else { return XCTFail("\(words)") }
        }
        for words in [["status", "--help"], ["-h", "status", "--nonsense"], ["status", "a", "b", "--help"]] {
            guard case .help(let command?) = try parser.parse(words) else { return XCTFail("\(words)") }
            XCTAssertEqual(command.name, "status")
        }
        guard case .version = try parser.parse(["--version"]) else { return XCTFail("no version") }
    }

    func testSuggestions() {
        XCTAssertEqual(problem("statsu")?.suggestion, "status")
        XCTAssertEqual(problem("gloden", "list")?.suggestion, "golden")
        XCTAssertEqual(problem("golden", "lsit")?.suggestion, "golden list")
        XCTAssertEqual(problem("status", "--jsno")?.suggestion, "--json")
        XCTAssertEqual(problem("completion", "bsh")?.suggestion, "bash")
        XCTAssertEqual(problem("--verson")?.suggestion, "--version")
        XCTAssertNil(problem("xyzzy")?.suggestion)
        XCTAssertNil(problem("_lst")?.suggestion, "what is hidden is not suggested")
        XCTAssertEqual(Suggestion.distance("ab", "ba"), 1)
        XCTAssertEqual(Suggestion.distance("", "abc"), 3)
        XCTAssertEqual(Suggestion.nearest(to: "comp", among: ["completion", "clean"]), "completion")
    }

    func testWhatIsWrongIsOneLine() {
        XCTAssertEqual(
            problem("up")?.description, "up lacks HOST\n  help: boma-it help up")
        XCTAssertEqual(
            problem("golden")?.problem, "golden: which one? (list, pull, build, verify, prune)")
        XCTAssertEqual(problem()?.problem, "name a command")
        XCTAssertEqual(problem("status", "x\u{1b}[2J")?.problem.contains("\u{1b}"), false)
    }

    func testNoListOfWordsIsTooMuch() {
        var generator = SystemRandomNumberGenerator()
        let names = CommandTable.all.flatMap { $0.name.split(separator: " ").map(String.init) }
        let options = CommandTable.all.flatMap(\.allOptions).flatMap {
            ["--\($0.name)", "--\($0.name)=1", "-\($0.short ?? "x")"]
        }
        let odd = [
            "", "-", "--", "---", "-=", "--=", "--=x", "-n", "-n=", "-é", "é", "🏴‍☠️", "\u{0}", "\u{1b}[31m", "-fnj",
            String(repeating: "a", count: 5000), "--" + String(repeating: "b", count: 300), "-1", "%s%n", "\r\n",
            "e\u{301}",
        ]
        let pool = names + options + odd
        for _ in 0..<5000 {
            let words = (0..<Int.random(in: 0...6, using: &generator)).compactMap { _ in
                pool.randomElement(using: &generator)
            }
            do {
                _ = try parser.parse(words)
            } catch {
                XCTAssertTrue(error is UsageError, "\(words): \(error)")
            }
        }
    }
}
