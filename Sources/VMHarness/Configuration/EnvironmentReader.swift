import Foundation

/// Reads typed values out of environment variables; an empty variable counts as not set.
struct EnvironmentReader {
    private let variables: [String: String]

    init(_ variables: [String: String]) {
        self.variables = variables
    }

    func text(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    func file(_ name: String, relativeTo base: URL? = nil) -> URL? {
        text(name).map { path in
            if let base, !path.hasPrefix("/") { return base.appending(path: path) }
            return URL(filePath: path).absoluteURL.standardizedFileURL
        }
    }

    /// The first of the allowed values is the default.
    func choice(_ name: String, of allowed: [String]) throws -> String {
        guard let value = text(name) else { return allowed[0] }
        guard allowed.contains(value) else {
            throw ConfigurationError(
                variable: name, value: value, expected: "one of \(allowed.joined(separator: ", "))")
        }
        return value
    }

    func count(_ name: String, default fallback: Int) throws -> Int {
        guard let value = text(name) else { return fallback }
        guard let number = Int(value), number >= 0 else {
            throw ConfigurationError(variable: name, value: value, expected: "a whole number, 0 or more")
        }
        return number
    }

    func positive(_ name: String) throws -> Double? {
        guard let value = text(name) else { return nil }
        guard let number = Double(value), number > 0, number.isFinite else {
            throw ConfigurationError(variable: name, value: value, expected: "a number above 0")
        }
        return number
    }

    func subnet(_ name: String, default fallback: String) throws -> String {
        let value = text(name) ?? fallback
        let octets = value.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 3, octets.allSatisfy({ $0 != nil }),
            octets[0] == 10 || octets[0] == 172 || octets[0] == 192
        else {
            throw ConfigurationError(
                variable: name, value: value, expected: "the first three octets of a private /24, such as 192.168.213")
        }
        return value
    }
}
