/// Compares two looks at one host: the one set of rules by which anything is called lost.
public struct Comparison: Sendable {
    /// The earlier look.
    let before: Look
    /// The later one.
    public let after: Look
    /// What lies between, such as "the reboot".
    let event: String
    /// The difference of both states, with what answered.
    public let difference: StateDifference

    /// Compares; nothing is asked.
    ///
    /// - Parameter since: the same for the words "new since …".
    public init(_ before: Look, _ after: Look, event: String, since: String = "boot") {
        self.before = before
        self.after = after
        self.event = event
        difference = StateDifference(
            from: before.state, to: after.state, answers: (before.reachability, after.reachability), since: since)
    }

    private var profile: Profile { after.seen.profile }
    private var closed: [Int] { before.seen.profile.closed ?? [] }

    /// What follows.
    ///
    /// What was broken before shows nothing by being broken still: without any other loss nobody knows then.
    public var verdict: Verdict { verdict(counting: complaints) }

    /// The same when only some of the complaints count.
    func verdict(counting complaints: [Complaint]) -> Verdict {
        guard complaints.isEmpty else { return .doesNotSurvive(complaints) }
        let unread = unread
        guard unread.isEmpty else {
            let what = "these parts of the host's state could not be read before or after \(event): "
            return .couldNotTell(
                Trouble(
                    .unread, what + unread.joined(separator: ", "), fix: "see state-*.json in the run directory"))
        }
        let broken =
            (after.seen.complaints(after: event) + (after.checks ?? []).compactMap { $0.complaint(after: event) })
            .filter { !isIgnored($0) }
        guard let first = broken.first else { return .survives }
        let more = broken.count > 1 ? " (and \(broken.count - 1) more)" : ""
        return .couldNotTell(
            Trouble(
                .unhealthyBefore, "it was not healthy before \(event) either: \(first.line)\(more)", blame: .playbook,
                detail: broken.map(\.line).joined(separator: "\n"), fix: "make it healthy first, then ask again"))
    }

    /// What was lost and counts, what users notice first.
    var complaints: [Complaint] {
        losses.filter { !isIgnored($0) }
    }

    /// All that was lost.
    private var losses: [Complaint] {
        let known = before.seen.complaints(after: event)
        var all = after.seen.complaints(after: event).filter { one in !known.contains { one.isAboutTheSame(as: $0) } }
        let failedChecks = (before.checks ?? []).filter { !$0.answer.ok }.map(\.label)
        all += (after.checks ?? []).filter { !failedChecks.contains($0.label) }.compactMap {
            $0.complaint(after: event)
        }
        all += exposed + opened + undeclared
        // Answers are listed above already.
        var untold = difference.changes.filter { $0.isLoss && $0.kind != .answer && !isAllowed($0) }
        // The first line must name the cause: many readers see no more.
        if !all.isEmpty, let cause = untold.firstIndex(where: { $0.kind == .cause }) {
            all[0].cause = untold.remove(at: cause).text
        }
        // systemd listened for a socket unit, which has a line of its own.
        if untold.contains(where: { $0.kind == .unit && $0.subject.hasSuffix(".socket") }) {
            untold.removeAll { $0.kind == .listener && $0.before == "systemd" }
        }
        explain(&all)
        let told = Set(all.map { "\($0.kind.rawValue) \($0.subject)" })
        untold = merged(untold, into: &all)
        var rest = untold.map { $0.complaint(after: event) }.filter {
            !told.contains("\($0.kind.rawValue) \($0.subject)")
        }
        explain(&rest)
        return all + rest
    }

    /// What is only the cause of something else that was lost: a path that a lost unit names.
    ///
    /// - Returns: the other changes.
    private func merged(_ changes: [StateChange], into complaints: inout [Complaint]) -> [StateChange] {
        var changes = changes
        let units =
            complaints.filter { $0.kind == .unit }.map(\.subject) + changes.filter { $0.kind == .unit }.map(\.subject)
        for change in changes where change.kind == .path {
            let words = (change.before ?? "").split(separator: " ")
            guard let file = words.first(where: { $0.hasPrefix("named:") })?.dropFirst(6),
                let unit = units.first(where: { $0 == file || $0.hasPrefix("\(file.split(separator: "@")[0])@") })
            else { continue }
            if let index = complaints.firstIndex(where: { $0.kind == .unit && $0.subject == unit }) {
                complaints[index].cause = change.text
            } else if let index = changes.firstIndex(where: { $0.kind == .unit && $0.subject == unit }) {
                var complaint = changes[index].complaint(after: event)
                complaint.cause = change.text
                complaints.append(complaint)
                changes.remove(at: index)
            }
            changes.removeAll { $0 == change }
        }
        return changes
    }

    /// What the journal says of units that failed, and what was foretold of anything that is lost.
    private func explain(_ complaints: inout [Complaint]) {
        let foresight = Foresight(before.state)
        for index in complaints.indices where complaints[index].cause == nil {
            complaints[index].cause = foresight.reason(complaints[index].kind, complaints[index].subject)
        }
        let reasons = after.state[.reasons].facts ?? [:]
        for index in complaints.indices where complaints[index].kind == .unit && complaints[index].cause == nil {
            complaints[index].cause = reasons[complaints[index].subject].map { printable($0) }
        }
    }

    /// Ports that must not answer and do.
    private var exposed: [Complaint] {
        closed.filter { after.open[$0]?.ok == true }.map {
            Complaint(
                .exposed, "tcp/\($0)", event: event, text: "port \($0) answers from outside, but has to be closed",
                before: before.open[$0]?.detail, after: "answers")
        }
    }

    /// Ports that something listened on and that were shut from outside, by a firewall or an address, and answer now.
    private var opened: [Complaint] {
        let names = before.state.listeningPorts
        let declared = Set(before.seen.outside.keys)
        return before.open.sorted { $0.key < $1.key }.compactMap { port, answer in
            guard !answer.ok, names[port] != nil, after.open[port]?.ok == true, !closed.contains(port),
                !declared.contains(port)
            else { return nil }
            return Complaint(
                .exposed, "tcp/\(port)", event: event,
                text:
                    "port \(port) (\(names[port] ?? "?")) answers from outside, and did not before: whatever shut it is gone",
                before: answer.detail, after: "answers")
        }
    }

    /// Ports that answered, that nobody declared, and that don't any more.
    private var undeclared: [Complaint] {
        let declared = Set(before.seen.outside.keys)
        let names = before.state.listeningPorts
        let moved = ServiceChanges.moved(from: before.state, to: after.state)
        return before.open.sorted { $0.key < $1.key }.compactMap { port, answer in
            guard answer.ok, !declared.contains(port), after.open[port]?.ok != true, !closed.contains(port),
                !moved.contains(port)
            else { return nil }
            let seen = after.open[port]?.detail ?? "not asked"
            return Complaint(
                .answer, "tcp/\(port)", event: event,
                text: "dead from outside: port \(port) (\(names[port] ?? "?")), which nobody declared: \(seen) "
                    + "(if it has to be so, name it in the profile's closed)", before: "answers", after: seen)
        }
    }

    /// Whether the profile says that something may be lost.
    private func isAllowed(_ change: StateChange) -> Bool {
        switch change.kind {
        case .unit:
            after.seen.inside.failedUnits.contains(change.subject) && !after.seen.failedUnits.contains(change.subject)
        case .container:
            (profile.allowedExitedContainers ?? []).contains { $0.container == change.subject }
                && change.after == "exited"
        default: false
        }
    }

    private func isIgnored(_ loss: Complaint) -> Bool {
        profile.ignore?.contains { isOf($0, loss) } == true
    }

    /// Whether a loss is one that an entry of the profile's `ignore` means.
    private func isOf(_ entry: Profile.Ignored, _ loss: Complaint) -> Bool {
        guard entry.kind == loss.kind.rawValue, let expression = try? Regex(entry.pattern) else { return false }
        return [loss.subject, loss.text].contains { $0.firstMatch(of: expression) != nil }
    }

    /// What the profile lets be lost and is: worth knowing.
    public var allowances: [Complaint] {
        let units = (profile.allowedFailedUnits ?? []).filter { after.seen.inside.failedUnits.contains($0.unit) }.map {
            Complaint(.unit, $0.unit, event: event, text: "unit \($0.unit) failed, as it may: \($0.because)")
        }
        let all = losses
        let ignored = (profile.ignore ?? []).flatMap { entry -> [Complaint] in
            let found = all.filter { isOf(entry, $0) }
            let kind = Complaint.Kind(rawValue: entry.kind) ?? .file
            guard !found.isEmpty else {
                return [
                    Complaint(
                        kind, entry.pattern, event: event,
                        text:
                            "nothing of kind \(entry.kind) matches \(entry.pattern): the profile's ignore has an entry too many"
                    )
                ]
            }
            return found.map {
                Complaint(
                    $0.kind, $0.subject, event: event, text: "ignored: \($0.text), as it may: \(entry.because)",
                    before: $0.before, after: $0.after)
            }
        }
        let exited = Set(after.seen.inside.containers.filter { $0.status == "exited" }.map(\.name))
        return units + ignored
            + (profile.allowedExitedContainers ?? []).filter { exited.contains($0.container) }.map {
                Complaint(
                    .container, $0.container, event: event,
                    text: "container \($0.container) has ended, as it may: \($0.because)")
            }
    }

    /// Parts that were known before and are not any more, and those whose loss would count and that could not be read before:
    /// nothing is known of what they had. What this host has no such thing of has nothing.
    private var unread: [String] {
        let counted: Set<StateSnapshot.Part> = [
            .units, .enablement, .listeners, .containers, .firewall, .routes, .addresses, .mounts,
        ]
        return StateSnapshot.Part.allCases.filter { part in
            guard !StateSnapshot.explanations.contains(part) else { return false }
            return switch (before.state[part], after.state[part]) {
            case (.facts, .unavailable), (.facts, .absent): true
            case (.unavailable, _): counted.contains(part)
            case (.absent, .unavailable): counted.contains(part)
            default: false
            }
        }.map(\.rawValue)
    }
}
