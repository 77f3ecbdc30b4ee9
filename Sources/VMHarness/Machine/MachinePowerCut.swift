import Foundation

extension Machine {
    /// Takes the power away and gives it back: what the guest had not synced is lost. Proven like a reboot.
    ///
    /// - Throws: ``RebootNotProven``; ``WaitError`` when the guest doesn't come back.
    public func cutPower() async throws -> RebootProof {
        let before = try await verifyNoUnaskedReboot(when: "before the power cut")
        let xml = try await virsh.domainXML(record.name)
        guard DomainMark.folder(in: xml)?.path == folder.url.path else {
            throw HarnessTrouble(
                "machine \(record.name)", why: "does not carry boma-it's mark",
                fix: "leave it alone: it is not boma-it's")
        }
        try await forgetIsolation()
        try await virsh.keepDefined(record.name, in: folder.url)
        say("power cut: now (boot \(before.current.uuidString.lowercased()))")
        let clock = Deadline(after: limit(.goingDown))
        try await virsh.run(["destroy", record.name]).requireSuccess("cutting the power of \(record.name)")
        let state = try await virsh.state(of: record.name)
        guard state == "shut off" else { throw RebootNotProven.neverWentDown }
        let downAfter = clock.elapsed
        console = ConsoleWatch(file: Self.consoleFile(of: record))
        knock = Knock()
        try await ssh.dropSharedConnection()
        try await virsh.run(["start", record.name], limit: .seconds(300)).requireSuccess("starting \(record.name)")
        // The machine was off: what answers now runs in another boot.
        try await waitForLogin()
        let upAfter = clock.elapsed
        try await waitUntilSettled()
        let after = try await bootHistory()
        let proof = try RebootProof(before: before, after: after, downAfter: downAfter, upAfter: upAfter)
        history = after
        say("power cut: proven (login after \(upAfter.forPeople), one new boot in the journal)")
        return proof
    }
}
