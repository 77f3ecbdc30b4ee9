import Foundation
import XCTest

@testable import VMHarness

/// Skips the test, with the reason, on a machine without a tool that it really runs.
func skipUnlessInstalled(_ tool: String) throws {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    try XCTSkipUnless(ToolSearch.find(tool, path: path) != nil, "\(tool) is not installed")
}
