import Foundation

/// What an inventory calls a host, and what its machine is called after it.
///
/// Such a name may have dots, underscores and capitals, or be an IPv4 address. It names files and the run, so it can't
/// hold what would be a path or one of Ansible's patterns.
public struct HostName: Sendable, Equatable {
    /// As the inventory has it.
    public let text: String

    /// What is accepted, as a regular expression; docs/profile.schema.json has it too.
    static let pattern = "^(?!(localhost|all|ungrouped)$)(?!127\\.)[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$"

    /// Any text; see ``isUsable``.
    public init(_ text: String) { self.text = text }

    /// Whether a machine can be this host. The names by which Ansible means the control host or a group are none.
    public var isUsable: Bool {
        // The whole of it: "$" is true before a last line end, too.
        text.range(of: Self.pattern, options: .regularExpression) == text.startIndex..<text.endIndex
    }

    /// What would be usable.
    static let remedy =
        "use the host's name in the inventory: letters, digits, dots, dashes and underscores, not localhost, all or ungrouped"

    /// For libvirt, whose names end up in the paths of sockets: lower-case, without dots, and short. Unique only with what
    /// the machine's name has beside it.
    var label: String {
        let plain = text.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" }
        let short = String(plain).prefix(40)
        return short.trimmingCharacters(in: CharacterSet(charactersIn: "-"))
    }

    /// What the host calls itself: the first label of a domain name, as Debian has it.
    public var hostname: String {
        isAddress ? "host-" + text.replacing(".", with: "-") : text.split(separator: ".").first.map(String.init) ?? text
    }

    /// The whole domain name, where it is one.
    public var domainName: String? {
        isAddress || !text.contains(".") ? nil : text
    }

    private var isAddress: Bool { text.wholeMatch(of: /[0-9]+(\.[0-9]+){3}/) != nil }
}
