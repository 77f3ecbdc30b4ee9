import Foundation
import XCTest

/// Skips the test, with the reason, on a machine without a tool that it really runs.
func skipUnlessInstalled(_ tool: String) throws {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let isFound = path.split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
    }
    try XCTSkipUnless(isFound, "\(tool) is not installed")
}
