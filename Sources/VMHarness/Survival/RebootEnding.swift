/// What a reboot that did not end well says about the subject.
public enum RebootEnding {
    /// The verdict that an error of ``Machine/reboot(order:downLimit:)`` amounts to: ``DidNotSurvive`` when the guest is
    /// to blame, ``HarnessTrouble`` when that can't be told, and the error itself when it is neither's.
    public static func verdict(_ error: any Error) -> any Error {
        func lost(_ complaint: String) -> DidNotSurvive {
            DidNotSurvive(what: "the reboot", complaints: [complaint])
        }
        switch error {
        case let late as WaitError:
            return lost("nobody can log in any more (\(late.elapsed.forPeople)); last seen: \(late.lastSeen)")
        case let end as GuestIsHopeless:
            return lost("\(end)")
        case let end as NobodyCanLogIn:
            return lost("\(end)")
        case let end as CloudInitFailed:
            return lost("\(end)")
        case RebootNotProven.otherBoots(let count) where count > 1:
            return lost("it rebooted by itself: \(count) new boots in the journal instead of one")
        case RebootNotProven.unasked(_, _, let when):
            return lost("it rebooted by itself \(when)")
        case let refusal as RebootNotProven:
            return HarnessTrouble(
                "the reboot", why: "\(refusal)", fix: "see docs/runbooks/reboot-not-proven.md")
        case let end as CommandError where end.purpose == "ordering the reboot":
            return HarnessTrouble("the reboot", why: "\(end)", fix: "see docs/runbooks/reboot-not-proven.md")
        case let end as CommandError where end.purpose.hasPrefix("waiting for cloud-init and systemd"):
            return lost("it never settled: \(end)")
        default:
            return error
        }
    }
}
