import Foundation
import XCTest

@testable import VMHarness

/// What the control host needs is said three times: `Prerequisites` checks it, the role installs it, and `scripts/setup`
/// looks whether the role has anything to do.
final class ToolListTests: XCTestCase {
    private func read(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        return try String(contentsOf: root.appending(path: path).standardizedFileURL, encoding: .utf8)
    }

    func testTheRoleInstallsThePackageOfEveryTool() throws {
        let defaults = try read("ansible/roles/integration_test/defaults/main.yml")
        let installed = Set(defaults.matches(of: /(?m)^  - ([a-z0-9.+-]+)$/).map { String($0.1) })
        let needed = Prerequisites.tools.map { Prerequisites.packages[$0] ?? $0 } + Prerequisites.optional.map(\.1)
        // Debian has these two everywhere; without systemd the last is missed, and said to be.
        let missing = Set(needed).subtracting(installed).subtracting(["coreutils", "systemd"])
        XCTAssertEqual(missing, [])
    }

    func testSetupLooksForEveryTool() throws {
        let setup = try read("scripts/setup")
        let list = try XCTUnwrap(setup.firstMatch(of: /for tool in ([^;]*); do/)?.1)
        let words = list.replacingOccurrences(of: "\\\n", with: " ").split(whereSeparator: \.isWhitespace)
        // Beside what every run needs it looks for what an image is built with.
        XCTAssertEqual(Set(words.map(String.init)), Set(Prerequisites.tools + ["mmdebstrap"]))
        XCTAssertEqual(words.count, Prerequisites.tools.count + 1)
    }
}
