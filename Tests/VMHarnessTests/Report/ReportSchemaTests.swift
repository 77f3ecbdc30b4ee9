import Foundation
import XCTest

@testable import VMHarness

/// `report.json` is what docs/report.schema.json says, and can be read again.
final class ReportSchemaTests: XCTestCase {
    private var samples: [RunReport] {
        var unfinished = SampleReports.failed()
        unfinished.finished = nil
        unfinished.tests[0].timeline.append(TimelineSpan(.check, "still going on", start: Date(), end: nil))
        let bare = RunReport(run: "r", subject: "s", started: Date())
        return [
            SampleReports.failed(), SampleReports.passed(), SampleReports.hostileReport().bounded(), unfinished, bare,
        ]
    }

    private var schemaFile: URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/report.schema.json")
            .standardizedFileURL
    }

    func testWhatIsWrittenCanBeReadAgain() throws {
        for report in samples {
            let json = try report.json()
            let again = try RunReport(json: json)
            XCTAssertEqual(try again.json(), json)
            XCTAssertEqual(again.tests.map(\.outcome), report.tests.map(\.outcome))
        }
        XCTAssertEqual(try RunReport(json: SampleReports.failed().json()), SampleReports.failed())
    }

    func testTimesDoNotDrift() throws {
        for millisecond in 0..<1000 {
            let time = SampleReports.start + Double(millisecond) / 1000
            let text = String(decoding: try RunReport(run: "r", subject: "s", started: time).json(), as: UTF8.self)
            XCTAssertTrue(text.contains(String(format: ":05.%03dZ", millisecond)), "\(millisecond): \(text)")
        }
    }

    func testAWrittenVerdictOfTheRunIsPutTogetherAnew() throws {
        let json = String(decoding: try SampleReports.failed().json(), as: UTF8.self)
        let forged = json.replacingOccurrences(
            of: #""sentence" : "askari does not"#, with: #""sentence" : "askari does"#)
        XCTAssertNotEqual(forged, json)
        XCTAssertTrue(try RunReport(json: Data(forged.utf8)).verdict.sentence.hasPrefix("askari does not survive"))
    }

    func testAnotherFormatIsRefused() throws {
        let json = String(decoding: try SampleReports.passed().json(), as: UTF8.self)
        let other = json.replacingOccurrences(of: "\"schemaVersion\" : 2", with: "\"schemaVersion\" : 3")
        XCTAssertNotEqual(other, json)
        XCTAssertThrowsError(try RunReport(json: Data(other.utf8)))
    }

    func testReportsFitTheDocumentedSchema() throws {
        let schema = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(contentsOf: schemaFile)) as? [String: Any])
        for report in samples {
            let value = try JSONSerialization.jsonObject(with: report.json())
            XCTAssertEqual(SchemaCheck(root: schema).problems(value, schema), [])
        }
        // The check itself can fail.
        var broken = try XCTUnwrap(
            JSONSerialization.jsonObject(with: samples[0].json()) as? [String: Any])
        broken["surprise"] = 1
        broken["run"] = nil
        broken["verdict"] = ["word": "maybe"]
        XCTAssertEqual(SchemaCheck(root: schema).problems(broken, schema).count, 8)
    }

    func testAnIndependentValidatorAgrees() async throws {
        let folder = try temporaryFolder()
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
        var files: [String] = []
        for (number, report) in samples.enumerated() {
            let file = folder.appending(path: "\(number).json")
            try report.json().write(to: file)
            files.append(file.path)
        }
        let script = """
            import json, sys
            try:
                from jsonschema import Draft202012Validator as Validator
            except ImportError:
                sys.exit(77)
            schema = json.load(open(sys.argv[1]))
            Validator.check_schema(schema)
            for name in sys.argv[2:]:
                Validator(schema).validate(json.load(open(name)))
            """
        let result = try await runner.run(Command("python3", ["-c", script, schemaFile.path] + files))
        try XCTSkipIf(result.ending == .exited(77), "python3 has no jsonschema")
        try result.requireSuccess("validating report.json")
    }
}

/// As much of JSON Schema as docs/report.schema.json uses.
private struct SchemaCheck {
    let root: [String: Any]

    func problems(_ value: Any, _ schema: [String: Any], at path: String = "") -> [String] {
        var found: [String] = []
        if let reference = schema["$ref"] as? String {
            let name = String(reference.dropFirst("#/$defs/".count))
            guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
                return ["\(path): no definition \(name)"]
            }
            found += problems(value, target, at: path)
        }
        if let type = schema["type"] as? String, !isA(type, value) { return found + ["\(path): is no \(type)"] }
        if let constant = schema["const"] as? Int, constant != value as? Int {
            found.append("\(path): not \(constant)")
        }
        if let words = schema["enum"] as? [String], !words.contains(value as? String ?? "") {
            found.append("\(path): \(value) is not one of \(words)")
        }
        if let pattern = schema["pattern"] as? String,
            (value as? String)?.range(of: pattern, options: .regularExpression) == nil
        {
            found.append("\(path): \(value) does not match")
        }
        if let object = value as? [String: Any] {
            let known = schema["properties"] as? [String: [String: Any]] ?? [:]
            for key in schema["required"] as? [String] ?? [] where object[key] == nil {
                found.append("\(path)/\(key): missing")
            }
            for (key, value) in object {
                if let schema = known[key] {
                    found += problems(value, schema, at: "\(path)/\(key)")
                } else if schema["additionalProperties"] as? Bool == false {
                    found.append("\(path)/\(key): unknown")
                }
            }
        }
        if let items = schema["items"] as? [String: Any], let values = value as? [Any] {
            for (number, value) in values.enumerated() { found += problems(value, items, at: "\(path)/\(number)") }
        }
        return found
    }

    private func isA(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value is Bool
        default: value is NSNumber
        }
    }
}
