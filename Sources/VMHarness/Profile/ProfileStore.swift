import Foundation

/// Reads profiles. YAML is read by Ansible itself, as variables of a host, so that a profile has the same syntax and
/// the same error messages as everything else in the repository.
public struct ProfileStore: Sendable {
    let configuration: HarnessConfiguration
    let runner: any CommandRunner

    /// Reads from the folder that the configuration names.
    public init(configuration: HarnessConfiguration, runner: any CommandRunner) {
        self.configuration = configuration
        self.runner = runner
    }

    /// Names of the profiles there are.
    public func names() -> [String] {
        Self.names(in: configuration.repository.profiles)
    }

    private static func names(in folder: URL) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".yml") }.map { String($0.dropLast(4)) }.sorted()
    }

    /// Returns when there is a profile of that name; reads nothing of it, and makes nothing.
    ///
    /// - Throws: ``HarnessTrouble`` naming the near ones.
    public static func require(_ name: String, in folder: URL) throws {
        let file = folder.appending(path: "\(name).yml")
        let isUsable = HostName(name).isUsable
        guard !isUsable || !FileManager.default.fileExists(atPath: file.path) else { return }
        let names = names(in: folder)
        let meant = Suggestion.nearest(to: name, among: names).map { "did you mean \($0)? Else " } ?? ""
        let choice = names.isEmpty ? "" : "choose one of \(names.joined(separator: ", ")) (BOMA_IT_HOST), or "
        throw HarnessTrouble(
            "host '\(printable(name))'",
            why: isUsable ? "there is no profile \(printable(file.path))" : "is no usable name of a host",
            fix: "\(meant)\(choice)\(isUsable ? "add that file" : HostName.remedy)")
    }

    /// The profile that is about a host: usually the one of its name.
    public func profile(ofSubject subject: String, scratch: URL) async throws -> Profile {
        let usual = [configuration.subject, subject].filter(names().contains)
        for name in usual + names().filter({ !usual.contains($0) }) {
            if let profile = try? await profile(name, scratch: scratch), profile.subject == subject { return profile }
        }
        // Explain what is wrong with the file that should have been the profile.
        return try await profile(subject, scratch: scratch)
    }

    /// Reads a profile.
    ///
    /// - Parameter scratch: folder for the files that Ansible is given to read.
    /// - Throws: ``HarnessTrouble`` naming the file, the key and the fix.
    public func profile(_ name: String, scratch: URL) async throws -> Profile {
        let file = configuration.repository.profiles.appending(path: "\(name).yml")
        try Self.require(name, in: configuration.repository.profiles)
        var profile = try Self.decode(
            try await YAMLFile(file, runner: runner, scratch: scratch).variables(), file: file)
        if let playbook = configuration.repository.playbook { profile.playbook = playbook }
        try profile.validate(file: file)
        return profile
    }

    /// Makes a profile of a file's variables.
    ///
    /// - Throws: ``HarnessTrouble`` naming the key that is missing, unknown or of another kind.
    static func decode(_ variables: [String: JSONValue], file: URL) throws -> Profile {
        do {
            let profile = try JSONDecoder().decode(Profile.self, from: try JSONEncoder().encode(variables))
            let known = try JSONDecoder().decode(JSONValue.self, from: try JSONEncoder().encode(profile))
            if let unknown = unknownKey(in: .object(variables), beside: known) {
                throw HarnessTrouble(
                    "profile \(file.path)", why: "key \(printable(unknown)) is not known",
                    fix: "correct or remove it; docs/profile.md lists every key")
            }
            return profile
        } catch let error as DecodingError {
            // JSONDecoder does not say where a fraction stands in place of a whole number.
            let fraction = fractionKey(in: .object(variables)).map { "key \($0) is not a whole number" }
            throw HarnessTrouble(
                "profile \(file.path)", why: printable(fraction ?? error.forPeople),
                fix: "correct it; docs/profile.md lists every key")
        }
    }

    /// The first number with a fraction; a profile has none but in its scenarios.
    private static func fractionKey(in value: JSONValue) -> String? {
        switch value {
        case .number: return ""
        case .object(let entries):
            for (key, value) in entries.sorted(by: { $0.key < $1.key }) where key != "scenarios" {
                if let inner = fractionKey(in: value) { return inner.isEmpty ? key : "\(key).\(inner)" }
            }
        case .array(let list):
            for (index, value) in list.enumerated() {
                if let inner = fractionKey(in: value) { return inner.isEmpty ? "[\(index)]" : "[\(index)].\(inner)" }
            }
        default: break
        }
        return nil
    }

    /// The first key that was not understood: what is decoded and encoded again has all the others.
    private static func unknownKey(in given: JSONValue, beside known: JSONValue) -> String? {
        switch (given, known) {
        case (.object(let given), .object(let known)):
            for (key, value) in given.sorted(by: { $0.key < $1.key }) where value != .null {
                guard let other = known[key] else { return key }
                if let inner = unknownKey(in: value, beside: other) { return "\(key).\(inner)" }
            }
        case (.array(let given), .array(let known)):
            for (index, (value, other)) in zip(given, known).enumerated() {
                if let inner = unknownKey(in: value, beside: other) { return "[\(index)].\(inner)" }
            }
        default: break
        }
        return nil
    }
}

extension DecodingError {
    /// The key and the problem, without Swift's words around them.
    var forPeople: String {
        func path(_ context: Context) -> String {
            let keys = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return keys.isEmpty ? "the file" : "key \(keys.joined(separator: "."))"
        }
        switch self {
        case .keyNotFound(let key, let context): return "\(path(context)) lacks '\(key.stringValue)'"
        case .typeMismatch(let type, let context): return "\(path(context)) is not \(Self.word(for: type))"
        case .valueNotFound(_, let context): return "\(path(context)) is empty"
        case .dataCorrupted(let context): return "\(path(context)): \(context.debugDescription)"
        @unknown default: return "\(self)"
        }
    }

    private static func word(for type: Any.Type) -> String {
        switch "\(type)" {
        case "String": "text"
        case "Int": "a whole number"
        case "Bool": "true or false"
        case let name where name.hasPrefix("Array"): "a list"
        default: "a mapping"
        }
    }
}
