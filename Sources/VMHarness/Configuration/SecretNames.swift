import Foundation

/// How a variable's name says that its value is secret: by whole words, whatever separates them. `boma_it_variables.py` does
/// the same with the same rules.
enum SecretNames {
    /// One of these among the words of its name, in small letters; several words in a row with an underscore.
    static let words = [
        "password", "passwords", "passwd", "passphrase", "secret", "secrets", "token", "tokens", "credential",
        "credentials", "private_key", "api_key", "pat",
    ]
    /// A word that ends with one of these says so, too: `dbpassword`.
    static let endings = [
        "password", "passwd", "passphrase", "secret", "token", "credential", "credentials", "privatekey", "apikey",
    ]
    /// As the last word: the value is the place of a secret, not the secret.
    static let harmless = ["file", "path"]
    /// A word of a name in any spelling: `api_key`, `api-key`, `apiKey`, `APIKey`, `API_KEY2`.
    static let part = "[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"

    /// Whether the value of a variable of that name is secret.
    static func contains(_ name: String) -> Bool {
        let parts = parts(of: name)
        guard let last = parts.last, !harmless.contains(last) else { return false }
        let joined = "_\(parts.joined(separator: "_"))_"
        return words.contains { joined.contains("_\($0)_") }
            || parts.contains { part in endings.contains { part.hasSuffix($0) } }
    }

    private static func parts(of name: String) -> [String] {
        var parts: [String] = []
        var rest = name[...]
        while let found = rest.range(of: part, options: .regularExpression) {
            parts.append(rest[found].lowercased())
            rest = rest[found.upperBound...]
        }
        return parts
    }
}
