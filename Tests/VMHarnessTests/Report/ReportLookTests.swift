import Foundation
import XCTest

@testable import VMHarness

/// Writes sample pages; with `BOMA_IT_SAMPLES=folder` they stay, for eyes and validators (scripts/screenshots).
final class ReportLookTests: XCTestCase {
    func testSamplesAreWritten() throws {
        let path = ProcessInfo.processInfo.environment["BOMA_IT_SAMPLES"]
        let folder = try path.map { URL(filePath: $0) } ?? temporaryFolder()
        try SamplePages.write(to: folder)
        XCTAssertEqual(Set(RunsIndex(folder).entries.map(\.folder)), ["failed", "passed", "unfinished", "hostile"])
    }
}
