import Foundation

extension Machine {
    /// Orders a reboot and proves it: the guest goes away, comes back in another boot, and its journal has exactly one
    /// boot more.
    ///
    /// - Parameters:
    ///   - order: what is run in the guest; anything but a reboot will not be proven.
    ///   - downLimit: how long the guest may go on answering; scaled like all limits.
    /// - Throws: ``RebootNotProven``; ``WaitError`` when the guest doesn't come back.
    public func reboot(order: String = "systemctl reboot", downLimit seconds: Double = 30) async throws -> RebootProof {
        let before = try await verifyNoUnaskedReboot(when: "before the ordered one")
        try await forgetIsolation()
        console = ConsoleWatch(file: Self.consoleFile(of: record))
        lastDiagnosis = nil
        say("reboot: ordered (boot \(before.current.uuidString.lowercased()))")
        let clock = Deadline(after: limit(seconds: seconds))
        let ordered = try await ssh.runAsRoot(order, limit: limit(seconds: 10))
        // 255 is how ssh says that the connection broke, which a reboot may well do to it.
        guard ordered.ending == .exited(0) || ordered.ending == .exited(255) else {
            throw CommandError(purpose: "ordering the reboot", result: ordered, hint: nil)
        }
        try await ssh.dropSharedConnection()

        guard let down = try await waitForDownEdge(clock: clock) else { throw RebootNotProven.neverWentDown }
        say("reboot: down after \(down.after.forPeople) (\(down.seen)); waiting for a login")
        let current = try await waitForOtherBoot(than: before.current)
        guard current != before.current else { throw RebootNotProven.sameBoot(before.current) }
        let upAfter = clock.elapsed
        try await waitUntilSettled()
        let after = try await bootHistory()
        let proof = try RebootProof(before: before, after: after, downAfter: down.after, upAfter: upAfter)
        history = after
        say(
            "reboot: proven (down after \(proof.downAfter.forPeople), login after \(proof.upAfter.forPeople), boot "
                + "\(proof.after.uuidString.lowercased()), one new boot in the journal)")
        return proof
    }

    /// When nothing answered on the SSH port any more, and what was seen then; `nil` when something did all the time.
    private func waitForDownEdge(clock: Deadline) async throws -> (after: Duration, seen: String)? {
        let wait = Wait(for: "the guest to go down", limit: clock.limit, hint: "it went on answering")
        do {
            return try await wait.until {
                switch try await tryLogin() {
                case .unreachable(let words): return .done((clock.elapsed, words))
                case .closed(let words): return .notYet(words)
                case .boot(let id): return .notYet("a login in boot \(id.uuidString.lowercased())")
                }
            }
        } catch is WaitError {
            return nil
        }
    }

    /// The boot that answers after the down-edge. The old one may answer once more while it shuts down, so it gets
    /// a moment; if it stays, its id is returned.
    private func waitForOtherBoot(than old: UUID) async throws -> UUID {
        let grace = Deadline(after: limit(seconds: 3))
        while true {
            let id = try await waitForLogin()
            if id != old || grace.hasPassed { return id }
        }
    }

    /// Checks that the guest is still in the boot it was last seen in, and that its journal agrees.
    ///
    /// - Throws: ``RebootNotProven/unasked(before:after:when:)`` when it isn't.
    @discardableResult
    public func verifyNoUnaskedReboot(when: String) async throws -> BootHistory {
        let now = try await bootHistory()
        if let history {
            guard history.current == now.current else {
                throw RebootNotProven.unasked(before: history.current, after: now.current, when: when)
            }
            guard now.boots(since: history).isEmpty else {
                throw RebootNotProven.otherBoots(count: now.boots(since: history).count)
            }
        }
        history = now
        return now
    }
}
