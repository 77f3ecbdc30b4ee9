import Foundation

/// Evidence that exactly one new boot happened.
public struct RebootProof: Sendable, Equatable {
    /// Boot before.
    public let before: UUID
    /// Boot after.
    public let after: UUID
    /// Time from the order until the guest no longer answered.
    public let downAfter: Duration
    /// Time from the order until a login worked again.
    public let upAfter: Duration

    /// Judges what was seen around a reboot.
    ///
    /// - Throws: ``RebootNotProven`` naming the part that is missing.
    init(before: BootHistory, after: BootHistory, downAfter: Duration?, upAfter: Duration) throws {
        guard let downAfter else { throw RebootNotProven.neverWentDown }
        guard before.current != after.current else { throw RebootNotProven.sameBoot(before.current) }
        let new = after.boots(since: before)
        guard new == [after.current] else { throw RebootNotProven.otherBoots(count: new.count) }
        self.before = before.current
        self.after = after.current
        self.downAfter = downAfter
        self.upAfter = upAfter
    }
}

/// A reboot was ordered and can't be shown to have happened, or more than it happened.
public enum RebootNotProven: BlamedError, CustomStringConvertible, Sendable, Equatable {
    /// The guest answered all the time.
    case neverWentDown
    /// The guest was gone and came back in the same boot.
    case sameBoot(UUID)
    /// The journal has another number of new boots than one.
    case otherBoots(count: Int)
    /// The guest is in another boot although no reboot was ordered.
    case unasked(before: UUID, after: UUID, when: String)

    /// The host's when it rebooted by itself, else ours.
    public var blame: Blame {
        switch self {
        case .neverWentDown, .sameBoot: .harness
        case .otherBoots(let count): count > 1 ? .host : .harness
        case .unasked: .host
        }
    }
    /// About reboots that can't be shown to have happened.
    public var runbook: Runbook? { .rebootNotProven }

    /// What is missing.
    public var description: String {
        switch self {
        case .neverWentDown:
            "reboot not proven: the machine never went down (it answered all the time)"
        case .sameBoot(let id):
            "reboot not proven: the boot id is still \(id.uuidString.lowercased()) (connections were lost, but the kernel did not restart)"
        case .otherBoots(let count):
            "reboot not proven: the machine's journal has \(count) new boots instead of exactly one"
        case .unasked(let before, let after, let when):
            "unasked reboot \(when): boot id \(before.uuidString.lowercased()) became \(after.uuidString.lowercased())"
        }
    }
}
