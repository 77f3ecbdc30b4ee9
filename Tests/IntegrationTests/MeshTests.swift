import Foundation
import VMHarness
import XCTest

/// The subject is the coordinator and the one member of a mesh of its own, and of no other.
final class MeshTests: SubjectTestCase {
    override var tiers: [CertTier] { [.internal] }

    func testThePeerIsAMemberOfItsOwnMeshAlsoAfterTheReboot() async throws {
        let start = Date()
        let run = try await startRun()
        try await withSubject(.converged("mesh")) { subject in
            // A disk keeps the blocks of a deleted key, a memory its freed pages (layer.not_for of the profile).
            let kept = run.layers.all().map(\.record).filter {
                $0.stage == "converged-mesh" && $0.subject == subject.profile.subject && $0.created >= start
            }
            XCTAssertEqual(kept, [], "a machine that has held a setup key is kept as a layer")
            let coordinator = try await Coordinator.awake(subject)
            let before = try await coordinator.healthyPeer("before the reboot")
            try await requireInterface(coordinator, before)
            let place = try await coordinator.output("getent ahostsv4 \(Coordinator.name) | cut -d' ' -f1 | sort -u")
            XCTAssertTrue(place.hasPrefix("127."), "the coordinator has to be this machine, but is at \(place)")
            let left = try await coordinator.output("ls -A /etc/netbird")
            XCTAssertEqual(left, "", "the setup key has to be gone when it is used up")

            try await subject.reboot()

            let after = try await coordinator.healthyPeer("after the reboot")
            try await requireInterface(coordinator, after)
            XCTAssertEqual(after.publicKey, before.publicKey, "the peer enrolled anew")
            XCTAssertEqual(after.netbirdIp, before.netbirdIp)

            // A status that never complains would prove nothing.
            try await subject.shell("docker stop \(Coordinator.server)")
            let wait = Wait(
                for: "the peer to notice that its coordinator is gone", limit: subject.machine.limit(.services),
                hint: "look at netbird status in the machine")
            let complaints = try await wait.until {
                let status = try MeshStatus(json: try await coordinator.output("netbird status --json"))
                let complaints = status.complaints(coordinator: Coordinator.name)
                return complaints.count >= 3 ? .done(complaints) : .notYet("\(complaints)")
            }
            subject.session.log.say("without its coordinator: \(complaints.joined(separator: "; "))")
            try await subject.shell("docker start \(Coordinator.server)")
            _ = try await coordinator.healthyPeer("after the coordinator's return")
            try await requireRelayIsMissed(coordinator)
            try await requireSecretsAreGone(coordinator)
        }
    }

    /// The setup key and the token it was made with are nowhere, in the guest or in what is kept of the run. The stand-in of
    /// the server begins each key alike; tokens begin as NetBird's do.
    private func requireSecretsAreGone(_ coordinator: Coordinator) async throws {
        let subject = coordinator.subject
        let secrets = ["B0A1B0A1-", "nbp_"]
        // Put together in the guest, so that the look doesn't find itself in a process list or a log.
        let parts = "key=B0A1 token=nbp;"
        let look = """
            \(parts) { journalctl --no-pager; docker logs \(Coordinator.server); grep -rah --exclude-dir=journal . /etc/netbird /var/log
            for one in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <"$one"; echo; done
            } 2>&1 | grep -acFf <(printf '%s\\n' "$key$key-" "${token}_") || true
            """
        let found = try await coordinator.output(look, isPoll: true)
        XCTAssertEqual(found, "0", "a setup key or token in the machine")
        // Such a look can find something.
        try await subject.shell(#"\#(parts) logger --tag boma-it-look "$key$key-"; journalctl --sync"#)
        let seen = try await coordinator.output(look, isPoll: true)
        XCTAssertNotEqual(seen, "0", "the look finds nothing that is there")
        let place = subject.session.directory.url
        for case let path as String in FileManager.default.enumerator(atPath: place.path) ?? .init() {
            guard let data = FileManager.default.contents(atPath: place.appending(path: path).path) else { continue }
            for secret in secrets {
                XCTAssertNil(data.range(of: Data(secret.utf8)), "a setup key or token is in \(path)")
            }
        }
    }

    /// Enrolled and connected, but without a relay, a peer is not healthy: the proxy's way to it is taken away.
    private func requireRelayIsMissed(_ coordinator: Coordinator) async throws {
        let subject = coordinator.subject
        let file = "/etc/caddy/Caddyfile"
        try await subject.shell(
            "grep -q 'path /relay[*] ' \(file) && cp -p \(file) \(file).kept && sed -i 's# /relay[*] # #' \(file) && systemctl reload caddy.service"
        )
        let wait = Wait(
            for: "the peer to miss its relay", limit: subject.machine.limit(.services),
            hint: "look at netbird status in the machine")
        let complaints = try await wait.until {
            let status = try MeshStatus(json: try await coordinator.output("netbird status --json", isPoll: true))
            let complaints = status.complaints(coordinator: Coordinator.name)
            return complaints.isEmpty ? .notYet("no complaint") : .done(complaints)
        }
        XCTAssertEqual(complaints, ["relays: 0 of 1 available"])
        try await subject.shell("mv \(file).kept \(file) && systemctl reload caddy.service")
        _ = try await coordinator.healthyPeer("after the relay's return")
    }

    private func requireInterface(_ coordinator: Coordinator, _ status: MeshStatus) async throws {
        let interface = try await coordinator.interface()
        XCTAssertEqual(interface.kind, "wireguard")
        XCTAssertEqual(interface.addresses, [status.netbirdIp])
    }
}
