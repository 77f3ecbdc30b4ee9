import Foundation
import XCTest

@testable import VMHarness

/// docs/profile.md has the tables that its schema makes; ``ProfileSchemaTests`` keeps the schema equal to the code.
final class ProfileReferenceTests: XCTestCase {
    func testTheReferenceSaysWhatTheSchemaSays() throws {
        let text = try String(contentsOf: JSONSchema.tree.appending(path: "docs/profile.md"), encoding: .utf8)
        let expected = Reference(schema: try JSONSchema(docs: "profile.schema.json")).sections
        XCTAssertGreaterThan(expected.count, 8)
        var rows = 0
        for section in expected {
            let table = section.table.joined(separator: "\n")
            XCTAssertTrue(
                text.contains("### \(section.title)\n\n\(table)\n"),
                "docs/profile.md needs:\n### \(section.title)\n\n\(table)")
            rows += section.table.count - 2
        }
        // No row that the schema does not know.
        XCTAssertEqual(text.lines.filter { $0.prefixMatch(of: /\| `[a-z_]+` \|/) != nil }.count, rows)
    }
}

/// The tables of the reference.
private struct Reference {
    let schema: JSONSchema

    struct Section {
        var title: String
        var table: [String]
    }

    var sections: [Section] { [section("Keys of a profile", schema.root)] + below(schema.root, named: "") }

    /// Sections of the mappings in a mapping, as deep as they go.
    private func below(_ rules: JSONValue, named name: String) -> [Section] {
        keys(of: rules).flatMap { key, value in
            guard let inner = mapping(in: value) else { return [Section]() }
            let title = name.isEmpty ? key : "\(name).\(key)"
            return [section(title, inner)] + below(inner, named: title)
        }
    }

    /// The mapping that a key holds, or a list of which it holds; `nil` for any other kind.
    private func mapping(in rules: JSONValue) -> JSONValue? {
        let rules = rules["items"].map(schema.resolved) ?? rules
        return rules["properties"] == nil ? nil : rules
    }

    private func keys(of rules: JSONValue) -> [(key: String, value: JSONValue)] {
        let required = strings(rules["required"])
        // Required ones first, as they stand in the list of them; then by name.
        return JSONSchema.entries(rules["properties"]).map { ($0.key, schema.resolved($0.value)) }.sorted {
            let places = [$0.0, $1.0].map { required.firstIndex(of: $0) ?? Int.max }
            return places[0] == places[1] ? $0.0 < $1.0 : places[0] < places[1]
        }
    }

    private func section(_ title: String, _ rules: JSONValue) -> Section {
        let required = strings(rules["required"])
        let rows = keys(of: rules).map { key, value in
            let standard =
                required.contains(key) ? "**required**" : value["default"].map { "`\(Self.yaml($0))`" } ?? "none"
            var cells = [
                "`\(key)`", kind(value), standard, value["description"]?.text ?? "?",
            ]
            if mapping(in: value) != nil {
                let name = title == "Keys of a profile" ? key : "\(title).\(key)"
                let anchor = name.replacing(".", with: "")
                cells.append("[\(name)](#\(anchor))")
            } else if case .array(let examples) = value["examples"], let first = examples.first {
                cells.append("`\(key): \(Self.yaml(first))`")
            } else {
                cells.append("?")
            }
            return "| \(cells.joined(separator: " | ")) |"
        }
        return Section(
            title: title,
            table: ["| key | type | default | what it says | example |", "| --- | --- | --- | --- | --- |"] + rows)
    }

    private func kind(_ rules: JSONValue) -> String {
        if case .array(let words) = rules["enum"] {
            return words.map { "`\(Self.yaml($0))`" }.joined(separator: " or ")
        }
        switch rules["type"]?.text {
        case "string": return "text"
        case "integer":
            guard case .integer(let least) = rules["minimum"], case .integer(let most) = rules["maximum"] else {
                return "whole number"
            }
            return "whole number, \(least) to \(most)"
        case "array":
            switch rules["items"].map(schema.resolved)?["type"]?.text {
            case "integer": return "list of whole numbers"
            case "object": return "list of mappings"
            default: return "list of text"
            }
        default:
            if rules["patternProperties"] != nil { return "mapping of mappings" }
            return rules["properties"] == nil ? "mapping of variables" : "mapping"
        }
    }

    private func strings(_ value: JSONValue?) -> [String] {
        guard case .array(let list) = value else { return [] }
        return list.compactMap(\.text)
    }

    /// A value as YAML on one line.
    private static func yaml(_ value: JSONValue) -> String {
        switch value {
        case .string(let text):
            text.wholeMatch(of: /[A-Za-z\/][A-Za-z0-9 \/._:-]*/) != nil && !text.contains(": ") ? text : value.json
        case .array(let list): "[\(list.map(yaml).joined(separator: ", "))]"
        case .object(let entries):
            "{\(entries.sorted { $0.key < $1.key }.map { "\($0.key): \(yaml($0.value))" }.joined(separator: ", "))}"
        default: value.json
        }
    }
}
