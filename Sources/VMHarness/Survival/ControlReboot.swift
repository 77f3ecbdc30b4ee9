/// A second reboot, without anything in between, which tells what a reboot takes away from what merely differs at every boot.
///
/// It is made only where the answer hangs on it: everything that was lost is of a kind whose value may be another one at each
/// boot, such as a file that a service writes anew.
enum ControlReboot {
    /// Kinds of what may differ by itself. A service that is gone is none, nor an answer.
    private static let fickle: Set<Complaint.Kind> = [.file, .sysctl, .path]

    /// Whether a second reboot decides the verdict.
    static func decides(_ complaints: [Complaint]) -> Bool {
        !complaints.isEmpty && complaints.allSatisfy { fickle.contains($0.kind) }
    }

    /// Judges both.
    ///
    /// - Parameters:
    ///   - first: what the first reboot seemed to take away.
    ///   - second: the same of the second one, compared with the state after the first.
    /// - Returns: what counts, and what differs at every boot of this host.
    static func judge(
        _ first: [Complaint], _ second: [Complaint]
    ) -> (complaints: [Complaint], noise: [Complaint]) {
        let noise = first.filter { one in second.contains { isFickle(one, $0) } }
        let kept = first.filter { one in !noise.contains(one) }
        // What only the second boot lacks is no noise: the host does not always come up in the same way.
        let fresh = second.filter { later in !first.contains { isFickle($0, later) || $0.isAboutTheSame(as: later) } }
        return (kept + fresh, noise)
    }

    /// Whether a thing had a third value at the second boot, or went again under a name that was picked anew. What is as it was
    /// before is no such thing: it is lost at some boots.
    private static func isFickle(_ one: Complaint, _ later: Complaint) -> Bool {
        guard one.kind == later.kind else { return false }
        guard one.subject == later.subject else {
            return one.kind == .path && pattern(one.subject) == pattern(later.subject)
        }
        // A file that lost more than numbers and dates has lost something, however often it is written.
        if one.kind == .file, !hasShape(of: one) || !hasShape(of: later) { return false }
        return one.before != nil && one.before != later.after
    }

    /// Whether a file differs in nothing but numbers, ids and dates: all words of its fact but the first are the same.
    private static func hasShape(of change: Complaint) -> Bool {
        guard let old = change.before?.split(separator: " "), let new = change.after?.split(separator: " ") else {
            return false
        }
        return old.count == 4 && new.count == 4 && old.dropFirst() == new.dropFirst()
    }

    /// The name without what a program picks: long numbers, and what looks random.
    private static func pattern(_ name: String) -> String {
        name.replacing(/[0-9a-f]{6,}|[0-9]{4,}/, with: "#")
    }
}
