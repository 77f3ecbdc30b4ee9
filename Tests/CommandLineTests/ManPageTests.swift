import Foundation
import VMHarness
import XCTest

@testable import boma_it

final class ManPageTests: XCTestCase {
    private let text = ManPage(commands: CommandTable.all).text

    func testItHasEveryCommandAndOption() {
        let plain = text.replacing("\\-", with: "-")
        for command in CommandTable.all where !command.isHidden {
            XCTAssertTrue(plain.contains(command.synopsis), command.name)
            for option in command.options { XCTAssertTrue(plain.contains(option.label), option.label) }
        }
        for status in ExitStatus.allCases { XCTAssertTrue(plain.contains(".B \(status.rawValue)\n"), "\(status)") }
    }

    func testTheToolsHaveNothingToSay() async throws {
        let tool = try Tool(self)
        let checks = [
            ["groff", "-ww", "-man", "-Tutf8", "-z"], ["mandoc", "-T", "lint", "-W", "warning"],
        ].filter { Tool.isThere($0[0]) }
        try XCTSkipIf(checks.isEmpty, "neither groff nor mandoc is installed")
        for check in checks {
            let result = try await tool.shell(check[0], text + "\n", arguments: Array(check.dropFirst()))
            XCTAssertTrue(result.succeeded, "\(check): \(result.output)\(result.errorOutput)")
            XCTAssertEqual(result.output + result.errorOutput, "", "\(check)")
        }
    }
}
