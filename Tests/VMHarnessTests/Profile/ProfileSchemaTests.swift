import Foundation
import XCTest

@testable import VMHarness

/// docs/profile.schema.json and docs/overrides.schema.json say what the code reads: no key more, none less, each as
/// required and as narrow.
final class ProfileSchemaTests: XCTestCase {
    private let file = URL(filePath: "/profiles/askari.yml")

    private func schema() throws -> JSONSchema { try JSONSchema(docs: "profile.schema.json") }

    private func read(_ value: JSONValue) throws -> Profile {
        let profile = try ProfileStore.decode(JSONSchema.entries(value), file: file)
        try profile.validate(file: file)
        return profile
    }

    /// Whether a profile without unknown keys is taken; several times as fast as reading it.
    private func isTaken(_ value: JSONValue) -> Bool {
        (try? JSONDecoder().decode(Profile.self, from: JSONEncoder().encode(value)).validate(file: file)) != nil
    }

    // MARK: - Keys

    func testTheSchemasKeysAreTheCodesKeys() throws {
        let schema = try schema()
        let whole = ProfileExample(schema).whole
        // A key that only the schema has is refused here.
        let profile = try read(whole)
        // One that only the code has is nil, since nothing gave it a value.
        XCTAssertEqual(Self.unset(in: profile, at: "profile"), [])
        let encoded = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(profile))
        XCTAssertEqual(encoded, whole, "a key that is read but not kept")
        XCTAssertEqual(schema.problems(whole), [])
    }

    func testAKeyIsRequiredByBothOrByNone() throws {
        let schema = try schema()
        let whole = ProfileExample(schema).whole
        var keys = 0
        for place in ProfileExample(schema).mappings {
            for (key, _) in JSONSchema.entries(place.schema["properties"]) {
                let without = whole.replacing(place.path + [.key(key)], by: nil)
                XCTAssertNotEqual(without, whole)
                let misses = (try? ProfileStore.decode(JSONSchema.entries(without), file: file)) == nil
                let isRequired = schema.problems(without).contains { $0.contains("lacks '\(key)'") }
                XCTAssertEqual(misses, isRequired, "\(place.name) \(key)")
                keys += 1
            }
        }
        XCTAssertGreaterThan(keys, 40)
    }

    func testDefaultsAreTheCodes() throws {
        let schema = try schema()
        let size = JSONSchema.entries(
            try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(Profile.Size())))
        let documented = JSONSchema.entries(schema.root["$defs"]?["machine"]?["properties"]).compactMapValues {
            $0["default"]
        }
        XCTAssertEqual(documented, size)
    }

    // MARK: - Values

    /// Rules that a schema can't state, since they look at other keys.
    private static let elsewhere = [
        "published[1].port", "closed[0] is '80'", "layer.not_for[0]", "allowed_failed_units[1] is",
        "allowed_exited_containers[0].container is 'hello'",
    ]

    func testTheSchemaRefusesWhatTheCodeRefuses() throws {
        let schema = try schema()
        for (key, json, says) in BadProfileTests.values where !Self.elsewhere.contains(where: says.hasPrefix) {
            // What is no JSON is no value of a schema either.
            guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)) else { continue }
            let profile = BadProfileTests.goodProfile.merging([key: value]) { $1 }
            XCTAssertNotEqual(schema.problems(.object(profile)), [], "\(key): \(json)")
        }
        XCTAssertEqual(schema.problems(.object(BadProfileTests.goodProfile)), [])
    }

    /// At every place of a profile, values at the edge of what is taken: the schema never marks what the code takes, and takes
    /// what the code refuses only where that is about another key.
    func testTheSchemaIsNeitherNarrowerNorWider() throws {
        let schema = try schema()
        let example = ProfileExample(schema)
        let aboutOthers = [
            "layer.not_for", "certificates.scenario", "certificates.zone", "certificates.names", "certificates.site",
            "stand_ins.of", "stand_ins.scenarios", "stand_ins.only_with", "closed", "ports", "published.port", "units",
            "containers",
            "allowed_failed_units.unit", "allowed_exited_containers.container", "ignore.pattern", "checks.absent.name",
            "egress.containers",
            "scenarios",
        ]
        var count = 0
        for place in example.leaves {
            for probe in Self.probes(for: place.schema) {
                let changed = example.whole.replacing(place.path, by: probe)
                // The other keys would be read a thousand times for nothing.
                let top = place.name.split(separator: ".").first.map(String.init) ?? ""
                let isTaken = isTaken(changed.only(["subject", "playbook", "published", "egress", "scenarios", top]))
                let problems = schema.problems(probe, place.schema)
                count += 1
                if isTaken { XCTAssertEqual(problems, [], "\(place.name): \(probe.json)") }
                guard !isTaken, problems.isEmpty else { continue }
                XCTAssertTrue(aboutOthers.contains(place.name), "\(place.name): the schema takes \(probe.json)")
            }
        }
        XCTAssertGreaterThan(count, 1000)
    }

    /// Values of the kind that is taken at a place, and some of each other kind.
    private static func probes(for schema: JSONValue) -> [JSONValue] {
        let own: [JSONValue] =
            switch schema["type"]?.text {
            case "integer": numbers.map { .integer($0) }
            case "object", "array": [.array([.null]), .object(["a b": .null])]
            default: texts.map { .string($0) }
            }
        return own + [.string("a"), .integer(1), .number(1.5), .bool(true), .array([]), .object([:])]
    }

    private static let numbers = [
        -1, 0, 3, 4, 64, 65, 511, 512, 2048, 2049, 65535, 65536, 1_048_576, 1_048_577,
    ]
    private static let texts = [
        "", " ", "A", "-a", "a\n", "a b", "ä", "/", "/x", "/x y", "root", "roots", "_x", "1x", "a.service",
        "a@b.service", "a.b", "*.a.b", "a.b.test.boma.example", "x.y:z", "http://", "http://a", "ftp://a",
        "a\u{7f}", "a,b", "required", "maybe", "../x", String(repeating: "a", count: 41),
        String(repeating: "a", count: 42), String(repeating: "a", count: 33), String(repeating: "a", count: 129),
    ]

    // MARK: - Files

    func testTheProfilesHereFit() async throws {
        try skipUnlessInstalled("ansible-inventory")
        let profiles = try schema()
        let overrides = try JSONSchema(docs: "overrides.schema.json")
        var count = 0
        for lab in ["", "Tests/other-lab/"] {
            for (folder, schema) in [("profiles", profiles), ("overrides", overrides)] {
                let place = JSONSchema.tree.appending(path: lab + folder)
                for name in try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() {
                    let file = place.appending(path: name)
                    let variables = try await YAMLFile(
                        file, runner: try runner(), scratch: try temporaryFolder()
                    ).variables()
                    XCTAssertEqual(schema.problems(.object(variables)), [], file.path)
                    if folder == "profiles" { XCTAssertNoThrow(try read(.object(variables)), file.path) }
                    let first = try String(contentsOf: file, encoding: .utf8).lines.first
                    let line =
                        "# yaml-language-server: $schema=../docs/\(folder == "profiles" ? "profile" : folder).schema.json"
                    if lab.isEmpty { XCTAssertEqual(first, line, file.path) }
                    count += 1
                }
            }
        }
        XCTAssertEqual(count, 6)
    }

    private func runner() throws -> SystemCommandRunner {
        try SystemCommandRunner(
            logs: try temporaryFolder(),
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
    }

    // MARK: - Overrides

    func testOverridesThatHaveNoEffectAreMarked() throws {
        let schema = try JSONSchema(docs: "overrides.schema.json")
        let connection = ConnectionVariables(
            address: "a", port: 22, user: "u", identity: URL(filePath: "/i"), sshConfig: URL(filePath: "/c")
        ).all
        let marked = JSONSchema.entries(schema.root["properties"])
        XCTAssertEqual(marked.keys.sorted(), connection.keys.sorted())
        for (name, entry) in marked { XCTAssertEqual(schema.resolved(entry)["deprecated"], .bool(true), name) }
        XCTAssertEqual(schema.problems(.object(["any_name": .array([.null])])), [])
        XCTAssertNotEqual(schema.problems(.object(["no-name": .null])), [])
        XCTAssertNotEqual(schema.problems(.array([])), [])
    }

    // MARK: -

    /// Optional properties, at any depth, that have no value.
    private static func unset(in value: Any, at path: String) -> [String] {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            guard let inner = mirror.children.first else { return [path] }
            return unset(in: inner.value, at: path)
        }
        guard !(value is JSONValue), mirror.displayStyle == .struct || mirror.displayStyle == .collection else {
            return []
        }
        return mirror.children.enumerated().flatMap { index, child in
            unset(in: child.value, at: "\(path).\(child.label ?? "\(index)")")
        }
    }
}
