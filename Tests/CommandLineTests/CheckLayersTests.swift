import Foundation
import VMHarness
import XCTest

/// `scripts/check-layers` on small trees in which a use runs the wrong way.
final class CheckLayersTests: XCTestCase {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    /// Uses downwards and within a room, and everything that only looks like a use upwards.
    private static let clean = [
        "VMHarness/Text/Words.swift": #"""
        /// Verdict and ask() are words of a comment. /* So is Machine. */
        func words(_ text: String) -> String { "Verdict of \(text.count) with ask(\("x"))" }
        let sentence = """
            Verdict, ask() and .reboots in "quotes"
            """
        let raw = #"a "Verdict" that \(Verdict) is not"#
        let pattern = /"Verdict"\/ask/
        struct Page { let reboots: Int; func twice() -> Int { reboots * 2 } }
        """#,
        "VMHarness/Process/Tool.swift":
            "struct Tool { let name = words(\"x\") }\nextension String { var bold: String { self } }",
        "VMHarness/Waiting/Wait.swift": "struct Wait { func until(_ ask: () -> Bool) { _ = ask() } }",
        "VMHarness/Machine/Machine.swift": """
        public struct Machine {
            enum Kind { case small }
            let tool: Tool
            func wait() { Wait().until { true } }
        }
        """,
        "VMHarness/Survival/Ask.swift": """
        enum Verdict { case survives }
        private func helper() {}
        func ask(_ machine: Machine) -> Verdict { machine.settle(); return .survives }
        extension Machine {
            func settle() { wait() }
            private var secretPart: Int { 1 }
            init(answer: String) { self.init(tool: Tool()) }
        }
        """,
        "boma-it/Main.swift": "import VMHarness\nlet verdict = Verdict.survives",
    ]

    private func check(_ planted: [String: String], arguments: [String] = []) async throws -> CommandResult {
        let tool = try Tool(self)
        let tree = tool.home.appending(path: "tree")
        for (path, text) in Self.clean.merging(planted, uniquingKeysWith: { $0 + "\n" + $1 }) {
            let file = tree.appending(path: "Sources").appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let script = Self.root.appending(path: "scripts/check-layers").path
        return try await tool.runner.run(Command(script, arguments.isEmpty ? [tree.path] : arguments))
    }

    private func assertFound(
        _ lines: String..., in planted: [String: String], file: StaticString = #filePath, line: UInt = #line
    ) async throws {
        let result = try await check(planted)
        XCTAssertEqual(result.ending, .exited(1), result.errorOutput, file: file, line: line)
        XCTAssertEqual(result.output, lines.map { "\($0)\n" }.joined(), file: file, line: line)
    }

    func testUsesDownwardsAreFine() async throws {
        let result = try await check([:])
        XCTAssertEqual(result.ending, .exited(0), result.errorOutput)
        XCTAssertEqual(result.output, "")
    }

    func testATypeOfAHigherRoomIsFound() async throws {
        try await assertFound(
            "Sources/VMHarness/Machine/Use.swift: upward: uses Verdict (Machine -> Survival)",
            in: ["VMHarness/Machine/Use.swift": "struct Use { let verdict: Verdict? }"])
        // What a text interpolates is code.
        try await assertFound(
            "Sources/VMHarness/Text/Use.swift: upward: uses Verdict (Text -> Survival)",
            in: ["VMHarness/Text/Use.swift": #"let use = "\(Verdict.survives)""#])
    }

    func testACircleOfTwoRoomsOnOneFloorIsFound() async throws {
        try await assertFound(
            "Sources/VMHarness/Process/Use.swift: circle: uses Wait (Process -> Waiting)",
            "Sources/VMHarness/Waiting/Use.swift: circle: uses Tool (Waiting -> Process)",
            in: [
                "VMHarness/Process/Use.swift": "func use(_ wait: Wait) {}",
                "VMHarness/Waiting/Use.swift": "func use(_ tool: Tool) {}",
            ])
        let oneWay = try await check(["VMHarness/Waiting/Use.swift": "func use(_ tool: Tool) {}"])
        XCTAssertEqual(oneWay.ending, .exited(0), oneWay.output)
    }

    func testAMemberThatAHigherRoomAddsIsFound() async throws {
        let found = "Sources/VMHarness/Machine/Use.swift: upward: uses settle (Machine -> Survival)"
        try await assertFound(
            found, in: ["VMHarness/Machine/Use.swift": "func use(_ machine: Machine) { machine.settle() }"])
        // Its own type's members need no dot.
        try await assertFound(
            found, in: ["VMHarness/Machine/Use.swift": "extension Machine { func use() { settle() } }"])
        try await assertFound(
            "Sources/VMHarness/Machine/Use.swift: upward: uses Machine(answer:) (Machine -> Survival)",
            in: ["VMHarness/Machine/Use.swift": #"let use = Machine(answer: "x")"#])
        for (member, use) in [
            ("var isDone: Bool { true }", "isDone"), ("static let limit = 1", "limit"),
            ("enum Phase { case on }", "Phase"),
        ] {
            try await assertFound(
                "Sources/VMHarness/Machine/Use.swift: upward: uses \(use) (Machine -> Survival)",
                in: [
                    "VMHarness/Machine/Use.swift": "let use = Machine.\(use)",
                    "VMHarness/Survival/Added.swift": "extension Machine {\n    public \(member)\n}",
                ])
        }
    }

    func testAFunctionOfAHigherRoomIsFound() async throws {
        let found = "Sources/VMHarness/Machine/Use.swift: upward: uses ask (Machine -> Survival)"
        try await assertFound(
            found, in: ["VMHarness/Machine/Use.swift": "func use(_ machine: Machine) { _ = ask(machine) }"])
        try await assertFound(
            found, in: ["VMHarness/Machine/Use.swift": "func use(_ all: [Machine]) { _ = all.map(ask) }"])
        try await assertFound(
            "Sources/VMHarness/Machine/Use.swift: upward: uses patience (Machine -> Survival)",
            in: [
                "VMHarness/Machine/Use.swift": "func use() -> Int { patience }",
                "VMHarness/Survival/Patience.swift": "let patience = 3",
            ])
    }

    func testANameOfSeveralRoomsIsLeftOut() async throws {
        let result = try await check([
            "VMHarness/Machine/Use.swift": "func use(_ machine: Machine) { machine.settle() }",
            "VMHarness/Process/Use.swift": "extension Tool { func settle() {} }",
        ])
        XCTAssertEqual(result.ending, .exited(0), result.output)
    }

    func testARoomWithoutAFloorIsFound() async throws {
        try await assertFound(
            "Sources/VMHarness/Cellar: no floor is known for this room (FLOORS in scripts/check-layers)",
            in: ["VMHarness/Cellar/Use.swift": "let use = Verdict.survives"])
        try await assertFound(
            "Sources/VMHarness/Use.swift: lies in no room", in: ["VMHarness/Use.swift": "let use = 1"])
    }

    func testXCTestIsFoundInSources() async throws {
        for line in ["import XCTest", "@preconcurrency import XCTest", "import class XCTest.XCTestCase"] {
            try await assertFound(
                "Sources/boma-it/Use.swift: imports XCTest, which belongs under Tests",
                in: ["boma-it/Use.swift": "// import Nothing\n\(line)"])
        }
    }

    func testThisTreeIsClean() async throws {
        let result = try await check([:], arguments: [Self.root.path])
        XCTAssertEqual(result.ending, .exited(0), result.output)
    }

    func testBadUsageIsTold() async throws {
        for arguments in [["/nowhere"], ["--no-such"], ["one", "two"]] {
            let result = try await check([:], arguments: arguments)
            XCTAssertEqual(result.ending, .exited(2), "\(arguments)")
            XCTAssertTrue(result.errorOutput.contains("usage: check-layers"), result.errorOutput)
        }
        let help = try await check([:], arguments: ["--help"])
        XCTAssertEqual(help.ending, .exited(0))
        XCTAssertTrue(help.output.contains("extension"), help.output)
    }
}
