import Foundation

extension Machine {
    /// Orders a reboot and proves it: the guest goes away, comes back in another boot, and its journal has exactly one
    /// boot more.
    ///
    /// - Parameters:
    ///   - order: what is run in the guest; anything but a reboot will not be proven.
    ///   - downLimit: how long the guest may go on answering; ``Patience/goingDown`` when `nil`.
    /// - Throws: ``RebootNotProven``; ``WaitError`` when the guest doesn't come back.
    public func reboot(order: String = "systemctl reboot", within downLimit: Duration? = nil) async throws
        -> RebootProof
    {
        // Else a closed port would look like a guest that has gone down.
        try await ensureWayIn()
        let before = try await verifyNoUnaskedReboot(when: "before the ordered one")
        try await forgetIsolation()
        console = ConsoleWatch(file: Self.consoleFile(of: record))
        knock = Knock()
        lastDiagnosis = nil
        say("reboot: ordered (boot \(before.current.uuidString.lowercased()))")
        let clock = Deadline(after: downLimit ?? limit(.goingDown))
        let ordered = try await ssh.runAsRoot(order, limit: limit(.command))
        // 255 is how ssh says that the connection broke, which a reboot may well do to it.
        guard ordered.ending == .exited(0) || ordered.ending == .exited(255) else {
            throw CommandError(purpose: "ordering the reboot", result: ordered, hint: nil)
        }
        try await ssh.dropSharedConnection()

        guard let down = try await waitForDownEdge(of: before.current, clock: clock) else {
            throw RebootNotProven.neverWentDown
        }
        knock = Knock()
        say("reboot: down after \(down.after.forPeople) (\(down.seen)); waiting for a login")
        let current = try await waitForOtherBoot(than: before.current, within: clock.remaining)
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

    /// When nothing answered on the SSH port any more, or another boot did, and what was seen then; `nil` when the old boot
    /// answered all the time.
    private func waitForDownEdge(of old: UUID, clock: Deadline) async throws -> (after: Duration, seen: String)? {
        let wait = Wait(for: "the machine to go down", limit: clock.limit, hint: "it kept answering")
        do {
            return try await wait.until {
                switch try await tryLogin() {
                case .unreachable(let words): return .done((clock.elapsed, words))
                case .closed(let words): return .notYet(words)
                // It went down and came back between two looks: another boot id proves it, too.
                case .boot(let id) where id != old: return .done((clock.elapsed, "another boot answers"))
                case .boot(let id): return .notYet("a login in boot \(id.uuidString.lowercased())")
                }
            }
        } catch is WaitError {
            return nil
        }
    }

    /// The boot that answers once the machine was down. The old one may answer once more while it shuts down, so it gets the rest
    /// of its time; if it stays, its id is returned.
    private func waitForOtherBoot(than old: UUID, within rest: Duration) async throws -> UUID {
        let grace = Deadline(after: max(rest, limit(.anotherBoot)))
        while true {
            let id = try await waitForLogin()
            if id != old || grace.hasPassed { return id }
            try await pause(for: .seconds(1))
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
