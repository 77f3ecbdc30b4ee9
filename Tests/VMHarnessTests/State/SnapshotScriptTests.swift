import Foundation
import XCTest

@testable import VMHarness

/// `Resources/guest/state` as a whole, run on this machine, which is no Debian guest: much of what it looks for is missing.
final class SnapshotScriptTests: XCTestCase {
    func testTheWholeScriptAnswersForEveryPart() async throws {
        let result = try await runPython(
            ["-", #"{"seconds": 20}"#], input: GuestProgram.text
        ).requireSuccess("the script")
        let snapshot = try JSONDecoder().decode(StateSnapshot.self, from: Data(result.output.utf8))
        for part in StateSnapshot.Part.allCases {
            XCTAssertNotEqual(snapshot[part], .unavailable("no answer"))
            XCTAssertNotEqual(snapshot[part], .unavailable("the answer can't be read"))
        }
        guard case .facts(let system) = snapshot[.system] else { return XCTFail("\(snapshot[.system])") }
        XCTAssertNotNil(system["kernel"])
    }

    func testAPartThatFailsHangsOrIsTooMuchSaysSo() async throws {
        struct Part: Decodable { let facts: [String: String]?, unavailable: String?, absent: String? }
        let parts = try await evaluateSnapshotScript(
            #"""
            import time
            def fails(): raise KeyError("x\udc80")
            def missing(): return s.run("no-such-tool-of-boma-it")
            s.SECONDS = 0.2
            def slow(): return s.run("sleep", "30")
            def hangs(): time.sleep(30)
            def many(): return {str(n): "" for n in range(7000)}
            def large(): return {str(n): "x" * 3000 for n in range(200)}
            def good(): return {"a\udc80": "b" * 9000, "n": 7}
            parts = [fails, missing, slow, hangs, many, large, good]
            print(json.dumps(s.take({one.__name__: one for one in parts}, 0.5)["parts"]), flush=True)
            s.os._exit(0)
            """#, as: [String: Part].self)
        XCTAssertTrue(parts["fails"]?.unavailable?.contains("KeyError") == true)
        XCTAssertEqual(parts["missing"]?.absent, "no-such-tool-of-boma-it is not installed")
        XCTAssertEqual(parts["slow"]?.unavailable, "sleep took more than 0 s")
        XCTAssertEqual(parts["hangs"]?.unavailable, "took more than 0 s")
        XCTAssertEqual(parts["many"]?.unavailable, "more than 6000 facts")
        XCTAssertEqual(parts["large"]?.unavailable, "more than 300000 bytes")
        XCTAssertEqual(parts["good"]?.facts?["n"], "7")
        XCTAssertEqual(
            parts["good"]?.facts?["a?"]?.contains("sha256:"), true, "a cut text still shows that its end differs")
    }

    func testTheDocumentFitsWhatIsKeptOfAnAnswer() async throws {
        let sizes: [Int] = try await evaluateSnapshotScript(
            """
            parts = {str(n): (lambda: {str(i): "x" * 280 for i in range(1000)}) for n in range(8)}
            seen = s.take(parts, 10)
            print(json.dumps([len(json.dumps(seen)), sum("facts" in one for one in seen["parts"].values())]))
            """, as: [Int].self)
        XCTAssertLessThan(sizes[0], 1 << 20)
        XCTAssertEqual(sizes[1], 3)
    }
}
