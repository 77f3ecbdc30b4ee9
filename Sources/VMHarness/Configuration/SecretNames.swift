/// How a variable's name says that its value is secret.
enum SecretNames {
    /// One of these in its name, in small letters.
    static let words = [
        "password", "passwd", "passphrase", "secret", "token", "credential", "private_key", "api_key", "_pat",
    ]

    /// Whether the value of a variable of that name is secret; the path of a file that holds a secret is none.
    static func contains(_ name: String) -> Bool {
        let lower = name.lowercased()
        return words.contains { lower.contains($0) } && !lower.hasSuffix("_file")
    }
}
