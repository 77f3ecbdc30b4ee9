import Foundation

/// The subject at one moment, from outside and from inside.
public struct Observation: Codable, Sendable {
    /// Published and other declared ports by number, asked from the control host: the only view that counts for users.
    public let outside: [Int: Answer]
    /// What the subject sees of itself.
    public let inside: InsideView
    /// The profile that said what to look at.
    let profile: Profile
    /// Units that had failed before the play: no fault of whatever came after.
    var failedBefore: Set<String> = []

    /// Published services that don't answer from outside.
    public var deadOutside: [String] { deadServices.map(\.text) }

    /// Other declared ports that don't answer from outside.
    public var closedOutside: [String] {
        otherPorts.filter { outside[$0]?.ok != true }.map { "port \($0): \(detail(outside[$0]))" }
    }

    /// Declared ports that no published service is behind.
    var otherPorts: [Int] {
        Set(profile.ports ?? []).subtracting(profile.published.map(\.port)).sorted()
    }

    /// Declared units that are not active.
    public var inactiveUnits: [String] {
        (profile.units ?? []).filter { inside.units?[$0] != "active" }
    }

    /// Declared containers that are not there at all.
    public var missingContainers: [String] {
        (profile.containers ?? []).filter { name in !inside.containers.contains { $0.name == name } }
    }

    /// Containers that are there and don't run, those excepted that the profile lets be so.
    public var stoppedContainers: [InsideView.Container] {
        let allowed = Set((profile.allowedExitedContainers ?? []).map(\.container))
        return inside.containers.filter {
            $0.status != "running" && !($0.status == "exited" && allowed.contains($0.name))
        }
    }

    /// Containers, of those the profile names, that can't reach out or are not there.
    public var withoutEgress: [String] {
        mute.map { "\($0): \(egressDetail($0))" }
    }

    /// Published services that don't answer on the subject's own localhost.
    public var deadLocally: [String] {
        unheard.map { "\($0.container) on localhost:\($0.port): \(detail(inside.answers["\($0.port)"]))" }
    }

    /// Units that failed, those excepted that the profile lets fail or that had failed before the play.
    public var failedUnits: [String] {
        let allowed = Set((profile.allowedFailedUnits ?? []).map(\.unit)).union(failedBefore)
        return inside.failedUnits.filter { !allowed.contains($0) }
    }

    /// Whether systemd has nothing to complain about that is not known.
    public var isGreen: Bool {
        switch inside.systemState {
        case "running": failedUnits.isEmpty
        // systemd's word for 'some unit failed', whichever it is.
        case "degraded": failedUnits.isEmpty && !inside.failedUnits.isEmpty
        default: false
        }
    }

    private var deadServices: [(service: Profile.PublishedService, text: String)] {
        profile.published.filter { outside[$0.port]?.ok != true }.map {
            ($0, "\($0.container) on port \($0.port): \(detail(outside[$0.port]))")
        }
    }

    private var mute: [String] { profile.egress.containers.filter { inside.containerEgress[$0]?.ok != true } }

    private var unheard: [Profile.PublishedService] {
        profile.published.filter { inside.answers["\($0.port)"]?.ok != true }
    }

    private func egressDetail(_ name: String) -> String {
        inside.containerEgress[name]?.detail ?? "no running container of that name"
    }

    private func detail(_ answer: Answer?) -> String { answer?.detail ?? "not asked" }

    /// Everything that keeps the subject from being healthy, empty when it is. What may be why comes first: a reader of
    /// one line has to know it.
    ///
    /// - Parameter event: what it has to have survived, such as `the reboot`.
    public func complaints(after event: String) -> [Complaint] {
        var all: [Complaint] = []
        func add(_ kind: Complaint.Kind, _ subject: String, _ text: String, expected: String, seen: String) {
            all.append(Complaint(kind, subject, event: event, text: text, before: expected, after: seen))
        }
        for point in inside.full ?? [] {
            add(.mount, point, "file system \(point) is full", expected: "has room", seen: "full")
        }
        if !isGreen, failedUnits.isEmpty {
            add(.unit, "systemd", "systemd is \(inside.systemState)", expected: "running", seen: inside.systemState)
        }
        for unit in failedUnits { add(.unit, unit, "unit \(unit) failed", expected: "active", seen: "failed") }
        for unit in inactiveUnits where !failedUnits.contains(unit) {
            let state = inside.units?[unit] ?? "not known"
            add(.unit, unit, "unit \(unit) is \(state)", expected: "active", seen: state)
        }
        for (service, text) in deadServices {
            add(
                .answer, "tcp/\(service.port)", "dead from outside: \(text)", expected: "answers",
                seen: detail(outside[service.port]))
        }
        for port in otherPorts where outside[port]?.ok != true {
            add(
                .answer, "tcp/\(port)", "dead from outside: port \(port): \(detail(outside[port]))",
                expected: "answers", seen: detail(outside[port]))
        }
        for name in missingContainers {
            add(.container, name, "container \(name) is not there", expected: "running", seen: "not there")
        }
        for name in mute {
            add(
                .answer, "egress of container \(name)",
                "no egress from inside container \(name): \(egressDetail(name))",
                expected: "reaches out", seen: egressDetail(name))
        }
        for service in unheard {
            let seen = detail(inside.answers["\(service.port)"])
            add(
                .answer, "localhost:\(service.port)",
                "dead on localhost: \(service.container) on localhost:\(service.port): \(seen)", expected: "answers",
                seen: seen)
        }
        if !inside.hostEgress.ok {
            add(
                .answer, "egress of the host", "no egress from the host itself: \(inside.hostEgress.detail)",
                expected: "reaches out", seen: inside.hostEgress.detail)
        }
        for container in stoppedContainers {
            add(
                .container, container.name, "container \(container.name) is \(container.status)", expected: "running",
                seen: container.status)
        }
        return all
    }

    /// The same observation, with answers counted as lost whose status is of another class than it was.
    func compared(with earlier: Observation) -> Observation {
        var answers = inside.answers
        for (port, answer) in answers { answers[port] = answer.compared(with: earlier.inside.answers[port]) }
        var seen = Observation(
            outside: Dictionary(
                uniqueKeysWithValues: outside.map { ($0, $1.compared(with: earlier.outside[$0])) }),
            inside: inside.with(answers: answers), profile: profile)
        seen.failedBefore = failedBefore
        return seen
    }

    /// One line a view, for people.
    public var summary: String {
        let green = isGreen ? "all green" : "\(inside.systemState) \(failedUnits.joined(separator: " "))"
        return """
            from outside: \(Self.state(deadOutside + closedOutside)); egress from containers: \(Self.state(withoutEgress)); \
            on localhost: \(Self.state(deadLocally)); egress of the host: \(inside.hostEgress.ok ? "ok" : "DEAD"); systemd: \(green)
            """
    }

    private static func state(_ dead: [String]) -> String {
        dead.isEmpty ? "ok" : "DEAD (\(dead.joined(separator: ", ")))"
    }
}
