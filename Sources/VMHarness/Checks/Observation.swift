import Foundation

/// The subject at one moment, from outside and from inside.
public struct Observation: Sendable {
    /// Published and other declared ports by number, asked from the control host: the only view that counts for users.
    public let outside: [Int: Answer]
    /// What the subject sees of itself.
    public let inside: InsideView
    /// The profile that said what to look at.
    let profile: Profile

    /// Published services that don't answer from outside.
    public var deadOutside: [String] {
        profile.published.filter { outside[$0.port]?.ok != true }.map {
            "\($0.container) on port \($0.port): \(outside[$0.port]?.detail ?? "not asked")"
        }
    }

    /// Other declared ports that don't answer from outside.
    public var closedOutside: [String] {
        otherPorts.filter { outside[$0]?.ok != true }.map { "port \($0): \(outside[$0]?.detail ?? "not asked")" }
    }

    /// Declared ports that no published service is behind.
    var otherPorts: [Int] {
        Set(profile.ports ?? []).subtracting(profile.published.map(\.port)).sorted()
    }

    /// Declared units that are not active.
    public var inactiveUnits: [String] {
        (profile.units ?? []).filter { inside.units?[$0] != "active" }.map {
            "\($0) is \(inside.units?[$0] ?? "not known")"
        }
    }

    /// Declared containers that are not there at all.
    public var missingContainers: [String] {
        (profile.containers ?? []).filter { name in !inside.containers.contains { $0.name == name } }
    }

    /// Containers, of those the profile names, that can't reach out or are not there.
    public var withoutEgress: [String] {
        profile.egress.containers.filter { inside.containerEgress[$0]?.ok != true }.map {
            "\($0): \(inside.containerEgress[$0]?.detail ?? "no running container of that name")"
        }
    }

    /// Published services that don't answer on the subject's own localhost.
    public var deadLocally: [String] {
        profile.published.filter { inside.answers["\($0.port)"]?.ok != true }.map {
            "\($0.container) on localhost:\($0.port): \(inside.answers["\($0.port)"]?.detail ?? "not asked")"
        }
    }

    /// Whether systemd has nothing to complain about.
    public var isGreen: Bool { inside.systemState == "running" && inside.failedUnits.isEmpty }

    /// Everything that keeps the subject from being healthy, empty when it is. What may be why comes first: a reader of
    /// one line has to know it.
    public var complaints: [String] {
        var all = (inside.full ?? []).map { "file system \($0) is full" }
        if !isGreen {
            all.append("systemd is \(inside.systemState), failed units: \(inside.failedUnits.joined(separator: " "))")
        }
        all += inactiveUnits.map { "unit \($0)" }
        all += deadOutside.map { "dead from outside: \($0)" }
        all += closedOutside.map { "dead from outside: \($0)" }
        all += missingContainers.map { "container \($0) is not there" }
        all += withoutEgress.map { "no egress from inside container \($0)" }
        all += deadLocally.map { "dead on localhost: \($0)" }
        if !inside.hostEgress.ok { all.append("no egress from the host itself: \(inside.hostEgress.detail)") }
        all += inside.containers.filter { $0.status != "running" }.map { "container \($0.name) is \($0.status)" }
        return all
    }

    /// One line a view, for people.
    public var summary: String {
        let green = isGreen ? "all green" : "\(inside.systemState) \(inside.failedUnits.joined(separator: " "))"
        return """
            from outside: \(Self.state(deadOutside + closedOutside)); egress from containers: \(Self.state(withoutEgress)); \
            on localhost: \(Self.state(deadLocally)); egress of the host: \(inside.hostEgress.ok ? "ok" : "DEAD"); systemd: \(green)
            """
    }

    private static func state(_ dead: [String]) -> String {
        dead.isEmpty ? "ok" : "DEAD (\(dead.joined(separator: ", ")))"
    }
}
