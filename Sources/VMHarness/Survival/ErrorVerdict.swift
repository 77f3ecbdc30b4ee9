extension Verdict {
    /// The verdict that an error amounts to that ended the question before the host was rebooted. Nothing is known of a reboot
    /// then, whoever is to blame; only a host that its playbook has visibly broken does not survive it.
    init(beforeReboot error: any Error) {
        switch error {
        case let seen as DidNotSurvive: self = .doesNotSurvive(seen.complaints)
        case is PlayFailed: self = .couldNotTell(Trouble(error, as: .play))
        default: self = .couldNotTell(Trouble(error))
        }
    }

    /// The verdict that an error amounts to that came between the order to reboot and the end of the question.
    ///
    /// - Parameter event: what the host has to have survived.
    init(afterReboot error: any Error, event: String) {
        func lost(_ kind: Complaint.Kind, _ subject: String, _ text: String, log: String? = nil) -> Verdict {
            .doesNotSurvive([Complaint(kind, subject, event: event, text: text, log: log)])
        }
        switch error {
        case let seen as DidNotSurvive: self = .doesNotSurvive(seen.complaints)
        case let end as GuestIsHopeless: self = lost(.boot, end.what, "\(end)")
        case let end as NobodyCanLogIn: self = lost(.login, "sshd", "\(end)")
        case let end as CloudInitFailed: self = lost(.boot, "cloud-init", "\(end)")
        case RebootNotProven.otherBoots(let count) where count > 1:
            self = lost(.boot, "reboots", "it rebooted by itself: \(count) new boots in the journal instead of one")
        case RebootNotProven.unasked(_, _, let when):
            self = lost(.boot, "reboots", "it rebooted by itself \(when)")
        case let failed as PlayFailed:
            self = lost(.play, failed.playbook, failed.headline, log: failed.log)
        default: self = .couldNotTell(Trouble(error))
        }
    }
}
