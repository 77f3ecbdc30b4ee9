import Foundation
import VMHarness
import XCTest

/// Every defect of `Tests/defects` is found after a real reboot, with the words that name it; what is healthy there is not
/// complained of. Several independent ones share a machine.
///
/// `TEST_DEFECTS` names some, as a regular expression.
final class DetectionTests: SubjectTestCase {
    override var asks: TestReport.Question { .harness }

    private struct Defect {
        let name: String
        let script: String
        /// What one line of the complaints has to match; `nil` for what is healthy.
        var expected: String?
        /// What holds in the machine when the defect has shown.
        var broken: String?
        /// What one line of `boma-it foresee` has to match before the reboot; `nil` where no file is behind it.
        var foretold: String?

        init(file: URL) throws {
            let name = file.deletingPathExtension().lastPathComponent
            let script = try String(contentsOf: file, encoding: .utf8)
            func header(_ key: String) throws -> String {
                let line = script.split(separator: "\n").first { $0.hasPrefix("# \(key): ") }
                return String(try XCTUnwrap(line, "\(name) has no line '# \(key): '").dropFirst(key.count + 4))
            }
            self.name = name
            self.script = script
            let expected = try header("expect")
            guard expected != "nothing" else { return }
            self.expected = expected
            broken = try header("broken")
            let words = try header("foretold")
            foretold = words == "no" ? nil : words
        }

        func isIn(_ line: String) -> Bool { Self.matches(expected, line) }
        func isForetold(by line: String) -> Bool { Self.matches(foretold, line) }

        private static func matches(_ pattern: String?, _ line: String) -> Bool {
            pattern.map { line.range(of: $0, options: .regularExpression) != nil } ?? false
        }
    }

    private func defects() throws -> [Defect] {
        let folder = Self.packageRoot.appending(path: "Tests/defects")
        let wanted = ProcessInfo.processInfo.environment["TEST_DEFECTS"] ?? "."
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.pathExtension == "sh" }.map(Defect.init).sorted { $0.name < $1.name }
            .filter { $0.name.range(of: wanted, options: .regularExpression) != nil }
    }

    func testEachIsFoundAndNothingElse() async throws {
        let all = try defects()
        XCTAssertFalse(all.isEmpty, "no defect matches")
        try await withSubject(.converged("with_fix")) { subject in
            for one in all {
                let result = try await subject.machine.ssh.runAsRoot(
                    "set -e\n" + one.script, limit: subject.machine.limit(.look))
                XCTAssertTrue(
                    result.succeeded,
                    "\(one.name) could not be set up: \(result.errorOutput.split(whereSeparator: \.isNewline).last.map(String.init) ?? "no reason given")"
                )
            }
            let before = try await subject.look("before the reboot")
            let foretold = before.foresight.losses.map(\.line)
            for one in all where one.foretold != nil {
                XCTAssertTrue(foretold.contains(where: one.isForetold), "NOT FORETOLD: \(one.name)")
            }
            for line in foretold where !all.contains(where: { $0.isForetold(by: line) }) {
                XCTFail("foretold, and nothing is lost: \(line)")
            }
            XCTAssertEqual(before.foresight.unknown, [])
            let seen = try await Survival.reboot(subject, since: before)
            let lines: [String] =
                switch seen.verdict {
                case .survives: []
                case .doesNotSurvive(let complaints): complaints.map(\.line)
                case .couldNotTell(let trouble):
                    throw HarnessTrouble("the verdict", why: trouble.what, fix: "see the run directory")
                }
            for one in all {
                guard let broken = one.broken else { continue }
                let proof = try await subject.machine.ssh.runAsRoot(broken, limit: subject.machine.limit(.command))
                XCTAssertTrue(proof.succeeded, "\(one.name) is not broken, so nothing is shown by it: \(broken)")
                XCTAssertTrue(lines.contains(where: one.isIn), "MISSED: \(one.name)")
            }
            for line in lines where !all.contains(where: { $0.isIn(line) }) {
                XCTFail("FALSE ALARM or second line: \(line)")
            }
            for line in foretold { print("foretold: \(line)") }
            for line in lines { print("complaint: \(line)") }
        }
    }
}
