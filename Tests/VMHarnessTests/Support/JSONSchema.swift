import Foundation
import XCTest

@testable import VMHarness

/// As much of JSON Schema (draft 2020-12) as the schemas of profiles and overrides use.
struct JSONSchema {
    let root: JSONValue

    /// Reads a schema of the folder `docs`.
    init(docs name: String) throws {
        let data = try Data(contentsOf: Self.tree.appending(path: "docs/\(name)"))
        root = try JSONDecoder().decode(JSONValue.self, from: data)
    }

    /// The root of this working tree.
    static let tree = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL

    /// A schema with what its `$ref` points to; its own words win.
    func resolved(_ schema: JSONValue) -> JSONValue {
        guard let reference = schema["$ref"]?.text else { return schema }
        let name = String(reference.dropFirst("#/$defs/".count))
        guard case .object(let own) = schema, let target = root["$defs"]?[name],
            case .object(let known) = resolved(target)
        else { return .null }
        return .object(known.merging(own) { $1 }.filter { $0.key != "$ref" })
    }

    /// What is wrong with a value: a line for each.
    func problems(_ value: JSONValue, _ schema: JSONValue? = nil, at path: String = "") -> [String] {
        let schema = resolved(schema ?? root)
        guard case .object(let rules) = schema else { return ["\(path): no such definition"] }
        var found: [String] = []
        func note(_ holds: Bool, _ what: String) {
            if !holds { found.append("\(path): \(what)") }
        }
        for (rule, wanted) in rules.sorted(by: { $0.key < $1.key }) {
            switch (rule, wanted, value) {
            case ("type", .string(let type), _): note(Self.isA(type, value), "is no \(type)")
            case ("enum", .array(let words), _): note(words.contains(value), "is none of \(wanted.json)")
            case ("pattern", .string(let pattern), .string(let text)):
                note(Self.matches(pattern, text), "does not match \(pattern)")
            case ("minLength", .integer(let least), .string(let text)): note(text.count >= least, "is too short")
            case ("minItems", .integer(let least), .array(let list)): note(list.count >= least, "is too short")
            case ("minimum", .integer(let least), .integer(let number)): note(number >= least, "is below \(least)")
            case ("maximum", .integer(let most), .integer(let number)): note(number <= most, "is above \(most)")
            case ("items", _, .array(let list)):
                for (index, entry) in list.enumerated() { found += problems(entry, wanted, at: "\(path)[\(index)]") }
            case ("required", .array(let keys), .object(let entries)):
                for key in keys.compactMap(\.text) { note(entries[key] != nil, "lacks '\(key)'") }
            case ("propertyNames", _, .object(let entries)):
                for key in entries.keys.sorted() { found += problems(.string(key), wanted, at: "\(path).\(key)") }
            case ("properties", _, .object(let entries)):
                for (key, entry) in entries {
                    if let inner = wanted[key] { found += problems(entry, inner, at: "\(path).\(key)") }
                }
            case ("additionalProperties", .bool(false), .object(let entries)):
                for (key, entry) in entries where schema["properties"]?[key] == nil {
                    let inner = Self.entries(schema["patternProperties"]).first { Self.matches($0.key, key) }
                    note(inner != nil, "key '\(key)' is not known")
                    if let inner { found += problems(entry, inner.value, at: "\(path).\(key)") }
                }
            case ("minimum", _, _), ("maximum", _, _), ("pattern", _, _), ("minLength", _, _), ("minItems", _, _),
                ("items", _, _), ("required", _, _), ("properties", _, _), ("additionalProperties", .bool(false), _),
                ("patternProperties", _, _), ("propertyNames", _, _):
                break  // About values of another type, or looked at above.
            case ("description", _, _), ("title", _, _), ("examples", _, _), ("default", _, _), ("$schema", _, _),
                ("$defs", _, _), ("deprecated", _, _):
                break
            default: found.append("\(path): the schema's \(rule) is not understood by this check")
            }
        }
        return found
    }

    /// The entries of a mapping; none when it is no mapping.
    static func entries(_ value: JSONValue?) -> [String: JSONValue] {
        if case .object(let entries) = value { return entries }
        return [:]
    }

    private static func matches(_ pattern: String, _ text: String) -> Bool {
        guard let regex = try? NSRegularExpression(pattern: pattern) else { return false }
        // ECMA's $ is the very end; that of NSRegularExpression is also before a last line feed.
        let range = NSRange(text.startIndex..., in: text)
        return regex.matches(in: text, range: range).contains {
            !pattern.hasSuffix("$") || NSMaxRange($0.range) == NSMaxRange(range)
        }
    }

    private static func isA(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("integer", .integer), ("boolean", .bool):
            true
        default: false
        }
    }
}
