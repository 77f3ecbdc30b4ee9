import Foundation
import XCTest

@testable import VMHarness

final class CurlTests: XCTestCase {
    /// A published path may have brackets and braces, as the filters of an API do.
    func testAnAddressIsOneAddress() async throws {
        try skipUnlessInstalled("curl")
        let folder = try temporaryFolder()
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ["PATH": "/usr/bin:/bin"])
        for name in ["page[1-2].txt", "{a,b}", "[", "x[filter]=y"] {
            try Data("the answer\n".utf8).write(to: folder.appending(path: name))
            let result = try await runner.run(Curl.command("file://\(folder.path)/\(name)", []))
            XCTAssertEqual(result.output, "the answer\n", "\(name): \(result.errorOutput)")
        }
    }
}
