import Foundation

/// Reads typed values out of environment variables; an empty variable counts as not set.
final class EnvironmentReader {
    private let variables: [String: String]
    private var asked: Set<String> = []

    /// What starts with this is ours.
    static let prefix = "BOMA_IT_"
    /// Set by ourselves for the tools and tests that we start.
    private static let internalNames: Set<String> = [
        "BOMA_IT_OWNER", "BOMA_IT_SESSION", "BOMA_IT_EVENTS", "BOMA_IT_SAMPLES",
    ]

    /// - Throws: ``ConfigurationError`` for a value of ours that no setting can have: blanks only, or control characters.
    init(_ variables: [String: String]) throws {
        self.variables = variables
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) where name.hasPrefix(Self.prefix) {
            let isBlank = !value.isEmpty && value.allSatisfy(\.isWhitespace)
            let hasControl = value.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\t" }
            // JSON may be written over several lines.
            guard !isBlank, !hasControl || name == "BOMA_IT_EXTRA_VARS" else {
                throw ConfigurationError(
                    variable: name, value: value, expected: "a value without control characters that is not only blanks"
                )
            }
        }
    }

    /// Refuses what starts with our prefix and was not asked for: a slip of the pen would silently change nothing.
    func refuseUnknown() throws {
        for (name, value) in variables.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(Self.prefix) && !asked.contains(name) && !Self.internalNames.contains(name) {
            throw ConfigurationError(
                variable: name, value: value, expected: "nothing: boma-it has no such setting (README.md lists them)")
        }
    }

    func text(_ name: String) -> String? {
        asked.insert(name)
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    func file(_ name: String, relativeTo base: URL? = nil) throws -> URL? {
        guard let path = text(name) else { return nil }
        guard !path.hasPrefix("~") else {
            throw ConfigurationError(
                variable: name, value: path,
                expected: "a path without ~, which the shell expands only outside of quotes")
        }
        if let base, !path.hasPrefix("/") { return base.appending(path: path) }
        return URL(filePath: path).absoluteURL.standardizedFileURL
    }

    /// A folder whose path ends up in SSH's and Ansible's settings and among the options of virt-install, which all take
    /// blanks, but no way to write every other character.
    ///
    /// - Throws: ``ConfigurationError`` for the fallback, too: it has the user's name or home in it.
    func plainFolder(_ name: String, default fallback: URL) throws -> URL {
        let folder = try file(name) ?? fallback
        let isPlain = folder.path.allSatisfy { $0.isLetter || $0.isNumber || " /._-+@=~()".contains($0) }
        guard isPlain else {
            throw ConfigurationError(
                variable: name, value: folder.path, expected: "a path of letters, digits, blanks and . _ - + @ = ~ ( )")
        }
        return folder
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

    /// A whole number that arithmetic can do nothing bad with.
    func count(_ name: String, default fallback: Int) throws -> Int {
        guard let value = text(name) else { return fallback }
        guard let number = Int(value), (0...1_000_000_000).contains(number) else {
            throw ConfigurationError(
                variable: name, value: value, expected: "a whole number, 0 or more and at most 1000000000")
        }
        return number
    }

    func factor(_ name: String) throws -> Double? {
        guard let value = text(name) else { return nil }
        guard let number = Double(value), number > 0, number <= 1000 else {
            throw ConfigurationError(variable: name, value: value, expected: "a number above 0, at most 1000")
        }
        return number
    }

    /// An address with one of the schemes. What begins with a dash would be an option for the tool that gets it.
    func address(_ name: String, schemes: [String]) throws -> String? {
        guard let value = text(name) else { return nil }
        let scheme = value.range(of: "://").map { String(value[..<$0.lowerBound]) }
        guard let scheme, schemes.contains(scheme), !value.contains(where: \.isWhitespace) else {
            throw ConfigurationError(
                variable: name, value: value,
                expected: "an address that starts with \(schemes.map { $0 + "://" }.joined(separator: " or "))")
        }
        return value
    }

    /// An address with one of the schemes, or else a path.
    func fileOrAddress(_ name: String, schemes: [String]) throws -> URL? {
        guard let value = text(name), value.contains("://") else { return try file(name) }
        guard let address = try address(name, schemes: schemes), let url = URL(string: address), url.host() != nil
        else {
            throw ConfigurationError(
                variable: name, value: value, expected: "a path, or an address such as https://registry.lan:5000")
        }
        return url
    }

    /// Whom to ask for certificates. ACME is spoken over TLS only (RFC 8555, 6.1).
    func authority(_ name: String) throws -> AuthorityChoice {
        guard let value = text(name), value != "auto" else { return .automatic }
        if value == "pebble" { return .pebble }
        guard let address = try? address(name, schemes: ["https"]), URL(string: address)?.host() != nil else {
            throw ConfigurationError(
                variable: name, value: value, expected: "auto, pebble, or the https:// address of an ACME directory")
        }
        return .directory(address)
    }

    func libvirt(_ name: String) throws -> String? {
        guard let value = text(name) else { return nil }
        guard let parts = value.wholeMatch(of: /[a-z][a-z0-9]*(\+[a-z0-9]+)?:\/\/([^\/\s]*)\S*/) else {
            throw ConfigurationError(variable: name, value: value, expected: "an address such as qemu:///system")
        }
        // Of the transports only a Unix socket stays here, and any host is reached over the network, "localhost" too.
        guard [nil, "+unix"].contains(parts.1), parts.2.isEmpty else {
            throw ConfigurationError(
                variable: name, value: value,
                expected: "this host's own libvirt, such as qemu:///system (machines' disks, their network and KVM are "
                    + "looked at here, so another host's can't be used)")
        }
        return value
    }

    func subnet(_ name: String, default fallback: String) throws -> String {
        let value = text(name) ?? fallback
        let octets = value.split(separator: ".", omittingEmptySubsequences: false).compactMap { part in
            UInt8(part).flatMap { String($0) == part ? $0 : nil }
        }
        guard octets.count == 3, value.filter({ $0 == "." }).count == 2, Self.isPrivate(octets) else {
            throw ConfigurationError(
                variable: name, value: value, expected: "the first three octets of a private /24, such as 192.168.213")
        }
        return value
    }

    /// RFC 1918.
    private static func isPrivate(_ octets: [UInt8]) -> Bool {
        switch octets[0] {
        case 10: true
        case 172: (16...31).contains(octets[1])
        case 192: octets[1] == 168
        default: false
        }
    }
}
