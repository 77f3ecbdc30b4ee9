import Foundation

/// What the next boot will take away, foretold without one: what runs, compared with the files that a boot goes by.
///
/// Only what has a file behind it can be foretold. What is read, and by which rules, is in
/// `Resources/guest/state/lasting.py`.
public struct Foresight: Codable, Sendable, Equatable {
    /// Something that will be lost, and why.
    public struct Loss: Codable, Sendable, Equatable {
        /// What kind of thing, as in a complaint.
        public let kind: Complaint.Kind
        /// Which one, as in a complaint.
        public let subject: String
        /// The file or line that is missing, or says otherwise.
        public let why: String

        /// The loss in one line.
        public var line: String { "\(kind.rawValue) \(subject): \(why)" }
    }

    /// What will be lost, worst first.
    public let losses: [Loss]
    /// What files say already and the boot will make true: no loss.
    public let effects: [String]
    /// What could not be foretold.
    public let unknown: [String]

    /// Reads it out of what is known of a host.
    public init(_ snapshot: StateSnapshot) {
        var losses: [Loss] = []
        var effects: [String] = []
        var unknown: [String] = []
        switch snapshot[.lasting] {
        case .facts(let facts):
            for (key, why) in facts.sorted(by: { $0.key < $1.key }) {
                let words = key.split(separator: " ", maxSplits: 1).map(String.init)
                guard words.count == 2 else { continue }
                if key.hasPrefix("takes effect ") {
                    effects.append(printable("\(key.dropFirst(13)): \(why)"))
                } else if let kind = Complaint.Kind(rawValue: words[0]) {
                    losses.append(Loss(kind: kind, subject: printable(words[1]), why: printable(why)))
                } else {
                    unknown.append(printable("\(words[1]): \(why)"))
                }
            }
        case .unavailable(let why), .absent(let why): unknown.append(printable(why))
        }
        let planned = Self.planned(snapshot)
        for part in Self.sources {
            if case .unavailable(let why) = snapshot[part] { unknown.append(printable("\(part.rawValue): \(why)")) }
        }
        self.losses = (planned + losses).enumerated().sorted {
            (StateChange.rank($0.element.kind), $0.offset) < (StateChange.rank($1.element.kind), $1.offset)
        }.map(\.element)
        self.effects = effects
        self.unknown = unknown
    }

    /// What it is read from; where one is missing, silence says nothing.
    private static let sources: [StateSnapshot.Part] = [
        .units, .enablement, .users, .byHand, .containers, .mounts, .behind, .devices, .sysctl, .configured, .tunables,
        .modules, .system, .runtime, .firewall, .plannedFirewall, .legacy, .addresses, .routes, .links,
    ]

    /// Chains that nftables.service will load and that drop what containers need: they are not there yet.
    private static func planned(_ snapshot: StateSnapshot) -> [Loss] {
        guard let now = snapshot[.firewall].facts, let planned = snapshot[.plannedFirewall].facts else { return [] }
        let firewall = NetworkChanges.firewall(
            FactDifference(before: now, after: now.merging(planned) { $1 }),
            containers: snapshot[.containers].facts ?? [:], deadPorts: [], mute: [], since: "boot")
        return firewall.causes.map {
            Loss(kind: .cause, subject: $0.subject, why: "nftables.service will load it: \($0.text)")
        }
    }

    /// Why something is lost, where that was foretold.
    func reason(_ kind: Complaint.Kind, _ subject: String) -> String? {
        losses.first { $0.kind == kind && $0.subject == subject }?.why
    }
}

extension Foresight {
    /// All of it for a person.
    public var text: String {
        func block(_ title: String, _ lines: [String]) -> [String] {
            lines.isEmpty ? [] : [title] + lines.map { "  - \($0)" }
        }
        let lost =
            losses.isEmpty && unknown.isEmpty ? ["The next reboot undoes nothing that has a file behind it."] : []
        return
            (lost + block("The next reboot will undo:", losses.map(\.line))
            + block("It will make true what files say already:", effects)
            + block("Could not be foretold:", unknown)).joined(separator: "\n")
    }
}

extension StateSnapshot {
    /// Reads what `boma-it facts-script` has printed on a host.
    ///
    /// - Throws: ``HarnessTrouble`` when the file can't be read, is larger than 4 MiB, or is something else.
    public init(reading file: URL, input: FileHandle = .standardInput) throws {
        let isInput = file.lastPathComponent == "-"
        func refuse(_ why: String) -> HarnessTrouble {
            HarnessTrouble(
                "facts \(isInput ? "on standard input" : printable(file.path))", why: why,
                fix: "boma-it facts-script | ssh HOST sudo python3 - >facts.json")
        }
        let data: Data?
        if isInput {
            data = try input.read(upToCount: 4 << 20 + 1)
        } else {
            data =
                FileAttributes.isRegular(file) && FileAttributes.size(of: file) <= 4 << 20
                ? try? Data(contentsOf: file) : nil
        }
        guard let data, data.count <= 4 << 20 else { throw refuse("is no readable file of at most 4 MiB") }
        guard let snapshot = try? JSONDecoder().decode(StateSnapshot.self, from: data) else {
            throw refuse("is not what facts-script prints")
        }
        self = snapshot
    }
}
