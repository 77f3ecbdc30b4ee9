import Foundation

extension Machine {
    /// Runs `body` while the guest can't reach the internet; SSH and answers to the control host go on.
    ///
    /// Packets are dropped, connections that are open hang; names still resolve, through the gateway. Restored when `body`
    /// returns, throws or is cancelled.
    /// - Throws: what `body` throws; ``HarnessTrouble`` or ``CommandError`` when egress can't be cut or restored.
    public nonisolated func withoutEgress<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await finishIsolationProof()
        try await attach(.noEgress)
        say("egress: cut")
        do {
            let value = try await body()
            try await restoreEgress()
            return value
        } catch {
            try await restoreEgress()
            throw error
        }
    }

    private nonisolated func restoreEgress() async throws {
        // A cancelled test must still restore the egress.
        try await Task { try await attach(.internetOnly) }.value
        say("egress: restored")
    }

    /// Exchanges the filter at the machine's card, live, and reads back that it was done.
    private nonisolated func attach(_ filter: CulDeSac.Filter) async throws {
        let card = try DomainCard.xml(in: try await virsh.domainXML(domain), named: domain)
        let file = folder.url.appending(path: "card.xml")
        try card.replacing(/filterref filter='[^']*'/, with: "filterref filter='\(filter.rawValue)'")
            .write(to: file, atomically: true, encoding: .utf8)
        try await virsh.run(
            ["update-device", domain, file.path, "--live"] + (virsh.isPersistent(domain) ? ["--config"] : [])
        ).requireSuccess("attaching filter \(filter.rawValue) to \(domain)")
        let now = try DomainCard.xml(in: try await virsh.domainXML(domain), named: domain)
        guard now.contains("filter='\(filter.rawValue)'") else {
            throw HarnessTrouble(
                "egress of machine \(domain)", why: "libvirt did not attach filter \(filter.rawValue)",
                fix: "see virsh dumpxml \(domain)")
        }
    }
}
