/// The state of a guest at one moment, as facts that two healthy boots have in common: the answer of `Resources/guest/state`.
public struct StateSnapshot: Codable, Sendable, Equatable {
    /// What is looked at. The order has no meaning.
    public enum Part: String, Codable, CaseIterable, Sendable {
        /// systemd units that are up, have failed or should be up: name → `ACTIVE SUB WHY`.
        case units
        /// Services of users that stay without a login, and their managers: `USER UNIT`, as keys.
        case users
        /// Programs that somebody's login has left behind: `PROGRAM of USER`, as keys.
        case byHand = "by_hand"
        /// Units and containers that were seen to restart: name → how often.
        case restarts
        /// What the journal says last of units that have failed; never compared.
        case reasons
        /// Unit files: name → `enabled`, `disabled`, `masked`.
        case enablement
        /// Sockets that wait for others: `PROTO ADDRESS:PORT` → name of the process.
        case listeners
        /// nftables: `chain FAMILY TABLE NAME` → its lines.
        case firewall
        /// Tables of the old iptables: `FAMILY TABLE CHAIN` → its rules; sets of ipset, as keys.
        case legacy
        /// Routes and routing rules, as keys.
        case routes
        /// Interfaces, and their addresses as keys of their own.
        case addresses
        /// Queueing that somebody chose → its options; neighbours that somebody set → their addresses.
        case links
        /// Name servers and search lists, as keys.
        case dns
        /// Kernel settings: path below `/proc/sys` → value.
        case sysctl
        /// What files in sysctl.d say that a boot sets: path below `/proc/sys`, with wildcards → value, tab, file.
        case configured
        /// Settings below `/sys`: path → value; AppArmor's profiles: name → mode.
        case tunables
        /// Folder over which the next boot mounts something → how much lies in it.
        case behind
        /// RAID, device mapper, loop devices, zram: name → kind.
        case devices
        /// Path in `/run`, `/tmp` or `/dev/shm` → kind, mode, owner, and who needs it.
        case runtime
        /// Mount point → type, source, options.
        case mounts
        /// Kernel modules that don't load by themselves, as keys.
        case modules
        /// Host name, kernel release, words of the kernel's command line.
        case system
        /// Docker's containers: `NAME PROPERTY` → value.
        case containers
        /// Debian packages: `NAME:ARCHITECTURE` → version.
        case packages
        /// Public host keys: file → digest. Two machines differ here, two boots of one must not.
        case hostKeys = "host_keys"
        /// Files below `/etc`: path → digest, mode, owner, and digest without numbers and dates; or target.
        case etc
        /// nftables as its service would load it at a boot, like ``firewall``.
        case plannedFirewall = "planned_firewall"
        /// What a boot will not bring again, by the files that it goes by: `KIND SUBJECT` → why; see ``Foresight``.
        case lasting
    }

    /// Parts that only explain others: what is missing of them is missing nowhere else.
    static let explanations: Set<Part> = [.reasons, .plannedFirewall, .lasting, .configured, .behind]

    /// What is known of a part.
    public enum Content: Codable, Sendable, Equatable {
        /// Everything that there is.
        case facts([String: String])
        /// Nothing, and why. Never the same as "nothing there".
        case unavailable(String)
        /// Nothing, because this host has no such thing, and which.
        case absent(String)

        /// Decodes what a guest says; what can't be read or is too much becomes ``unavailable(_:)``.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let why = try? container.decode(String.self, forKey: .unavailable) {
                self = .unavailable(String(why.prefix(300)))
            } else if let why = try? container.decode(String.self, forKey: .absent) {
                self = .absent(String(why.prefix(300)))
            } else if let facts = try? container.decode([String: String].self, forKey: .facts) {
                self = .bounded(facts)
            } else {
                self = .unavailable("the answer can't be read")
            }
        }

        /// What is there; `nil` where that is not known, or there is no such thing.
        var facts: [String: String]? {
            if case .facts(let facts) = self { facts } else { nil }
        }

        /// Encodes it in the form of `Resources/guest/state`.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .facts(let facts): try container.encode(facts, forKey: .facts)
            case .unavailable(let why): try container.encode(why, forKey: .unavailable)
            case .absent(let why): try container.encode(why, forKey: .absent)
            }
        }

        /// A guest under test may be broken or hostile, so its own bounds are not relied on.
        private static func bounded(_ facts: [String: String]) -> Content {
            let isSmall = facts.allSatisfy { $0.key.utf8.count <= 2_000 && $0.value.utf8.count <= 20_000 }
            return facts.count <= 10_000 && isSmall ? .facts(facts) : .unavailable("the answer is too large")
        }

        enum CodingKeys: String, CodingKey { case facts, unavailable, absent }
    }

    private let parts: [Part: Content]

    /// A snapshot of the given parts; the others are unavailable.
    public init(parts: [Part: Content]) {
        self.parts = parts
    }

    /// The same with other facts of one part.
    func with(_ part: Part, _ facts: [String: String]) -> StateSnapshot {
        var all = parts
        all[part] = .facts(facts)
        return StateSnapshot(parts: all)
    }

    /// What is known of a part.
    public subscript(part: Part) -> Content { parts[part] ?? .unavailable("not asked") }

    /// Decodes the answer of `Resources/guest/state`.
    ///
    /// - Throws: `DecodingError` when it has no parts at all; a part alone that can't be read is unavailable.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self).nestedContainer(
            keyedBy: PartKey.self, forKey: .parts)
        var found: [Part: Content] = [:]
        for part in Part.allCases {
            let key = PartKey(stringValue: part.rawValue)
            let content = try? container.decodeIfPresent(Content.self, forKey: key)
            found[part] = content ?? .unavailable(container.contains(key) ? "the answer can't be read" : "no answer")
        }
        parts = found
    }

    /// Encodes it in the form of `Resources/guest/state`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var nested = container.nestedContainer(keyedBy: PartKey.self, forKey: .parts)
        for (part, content) in parts { try nested.encode(content, forKey: PartKey(stringValue: part.rawValue)) }
    }

    private enum CodingKeys: String, CodingKey { case parts }

    private struct PartKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
