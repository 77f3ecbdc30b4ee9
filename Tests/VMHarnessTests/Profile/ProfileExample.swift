@testable import VMHarness

/// A profile with every key that the schema has, made of the schema's own examples.
struct ProfileExample {
    private let schema: JSONSchema

    init(_ schema: JSONSchema) { self.schema = schema }

    /// A key of the profile, or of a mapping or list in it.
    struct Place {
        let path: [JSONValue.Step]
        let schema: JSONValue

        /// Its keys, without places in lists.
        var name: String {
            path.compactMap { if case .key(let key) = $0 { key } else { nil } }.joined(separator: ".")
        }
    }

    var whole: JSONValue { example(of: schema.root) }

    /// Every mapping whose keys the schema knows.
    var mappings: [Place] { places(in: schema.root, at: []).filter { $0.schema["properties"] != nil } }

    /// Everything else that has a value of its own.
    var leaves: [Place] { places(in: schema.root, at: []).filter { $0.schema["properties"] == nil } }

    private func example(of rules: JSONValue) -> JSONValue {
        let rules = schema.resolved(rules)
        if case .array(let examples) = rules["examples"], let first = examples.first { return first }
        if let items = rules["items"] { return .array([example(of: items)]) }
        return .object(JSONSchema.entries(rules["properties"]).mapValues { example(of: $0) })
    }

    private func places(in rules: JSONValue, at path: [JSONValue.Step]) -> [Place] {
        let rules = schema.resolved(rules)
        let own = [Place(path: path, schema: rules)]
        if let items = rules["items"] { return own + places(in: items, at: path + [.index(0)]) }
        return own
            + JSONSchema.entries(rules["properties"]).sorted { $0.key < $1.key }.flatMap {
                places(in: $0.value, at: path + [.key($0.key)])
            }
    }
}

extension JSONValue {
    /// The same mapping with some of its keys.
    func only(_ keys: Set<String>) -> JSONValue {
        guard case .object(let entries) = self else { return self }
        return .object(entries.filter { keys.contains($0.key) })
    }

    /// One step down.
    enum Step {
        case key(String)
        case index(Int)
    }

    /// The same with another value at a place, or without it.
    func replacing(_ path: some Collection<Step>, by value: JSONValue?) -> JSONValue {
        guard let step = path.first else { return value ?? .null }
        let rest = path.dropFirst()
        switch (step, self) {
        case (.key(let key), .object(var entries)):
            if rest.isEmpty { entries[key] = value } else { entries[key] = entries[key]?.replacing(rest, by: value) }
            return .object(entries)
        case (.index(let index), .array(var list)):
            list[index] = list[index].replacing(rest, by: value)
            return .array(list)
        default: return self
        }
    }
}
