import Foundation

/// Whether anybody still has a claim on a machine, as far as this user can judge. What can't be judged is left alone.
enum MachineClaim: Sendable, Equatable {
    /// Nobody has.
    case free
    /// A run that goes on, or somebody who kept it.
    case taken
    /// It can't be told, for this reason.
    case undecided(String)

    /// The claim on a domain that bears our mark, whatever cache it comes from.
    ///
    /// - Parameters:
    ///   - sight: what can be seen of the folder that the mark names. Its record counts before the mark: it may say
    ///     "kept" or name a living owner where libvirt could not be told.
    ///   - includingKept: whether one that was kept is free when its folder is lost.
    ///   - user: who asks.
    init(_ mark: DomainMark, sight: MachineRecord.Sight, includingKept: Bool, user: String) {
        if mark.keptBecause == nil, mark.owner?.isAlive == true {
            self = .taken
            return
        }
        let isLost: Bool
        switch sight {
        case .hidden(let why):
            self = .undecided(why)
            return
        case .record(let record):
            let claim = MachineClaim(record, includingKept: false)
            guard claim == .free else {
                self = claim
                return
            }
            isLost = false
        case .noRecord: isLost = false
        case .noFolder: isLost = true
        }
        guard mark.keptBecause == nil, let owner = mark.owner else {
            self = includingKept && isLost ? Self.lost(mark, user: user) : .taken
            return
        }
        self.init(owner)
    }

    /// The claim on a machine of this user, by its record.
    init(_ record: MachineRecord, includingKept: Bool) {
        if record.keptBecause == nil {
            self.init(record.owner)
        } else {
            self = includingKept ? .free : .taken
        }
    }

    private init(_ owner: ProcessIdentity) {
        switch owner.presence {
        case .running: self = .taken
        case .gone: self = .free
        case .hidden(let why): self = .undecided("boma-it can't see whether its run goes on: \(why)")
        }
    }

    /// A folder that isn't there for this process may well be there for its owner's: in a container, or below a private /tmp.
    private static func lost(_ mark: DomainMark, user: String) -> MachineClaim {
        let place = "its folder \(mark.folder.path) can't be seen, and"
        if let owner = mark.user, owner != user, user != "root" { return .undecided("\(place) it is user \(owner)'s") }
        if let namespace = mark.owner?.namespace, namespace != ProcessIdentity.current.namespace {
            return .undecided("\(place) it was made in another PID namespace (\(namespace))")
        }
        return .free
    }
}
