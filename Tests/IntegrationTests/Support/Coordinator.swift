import Foundation
import VMHarness
import XCTest

/// What the suites ask of a subject that is its own mesh coordinator.
struct Coordinator {
    static let name = "mesh.localhost"
    static let server = "netbird-server"
    static let authority = "/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
    let subject: Subject

    /// The coordinator of a subject that has just been restored.
    ///
    /// The guest has slept as long as its layer is old, and certificates of Caddy's own authority live twelve hours: by itself
    /// Caddy looks at them every ten minutes, and at a reload.
    static func awake(_ subject: Subject) async throws -> Coordinator {
        try await subject.shell("systemctl reload caddy.service")
        return Coordinator(subject: subject)
    }

    /// What a command printed in the guest, as root.
    func output(_ command: String, isPoll: Bool = false) async throws -> String {
        try await subject.machine.ssh.runAsRoot(
            command, limit: subject.machine.limit(.services), isPoll: isPoll
        ).requireSuccess("running '\(command)'").output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: - Mesh

    /// The peer's status once nothing speaks against it.
    func healthyPeer(_ moment: String) async throws -> MeshStatus {
        let wait = Wait(
            for: "the peer to be a member of its own mesh \(moment)", limit: subject.machine.limit(.services),
            hint: "look at netbird status and journalctl -u netbird in the machine")
        return try await wait.until {
            let status = try MeshStatus(json: try await output("netbird status --json", isPoll: true))
            let complaints = status.complaints(coordinator: Self.name)
            return complaints.isEmpty ? .done(status) : .notYet(complaints.joined(separator: "; "))
        }
    }

    /// Kind and addresses of the mesh interface, as the kernel has it.
    func interface() async throws -> (kind: String, addresses: [String]) {
        struct Link: Decodable {
            struct Info: Decodable { let info_kind: String? }
            struct Address: Decodable {
                let local: String
                let prefixlen: Int
            }
            let linkinfo: Info?
            let addr_info: [Address]
        }
        let json = try await output("ip -json -details -4 address show dev wt0")
        let link = try XCTUnwrap(try JSONDecoder().decode([Link].self, from: Data(json.utf8)).first)
        return (link.linkinfo?.info_kind ?? "", link.addr_info.map { "\($0.local)/\($0.prefixlen)" })
    }

    // MARK: - Proxy

    /// What the proxy answers from outside; its certificate has to be from the subject's own authority.
    func ask(_ path: String) async throws -> SecureAnswer {
        let file = subject.folder.appending(path: "authority.crt")
        try Data(try await output("cat \(Self.authority)", isPoll: true).utf8).write(to: file)
        let runner = try SystemCommandRunner(
            logs: subject.folder.appending(path: "secure-\(UUID().uuidString)"),
            environment: subject.session.configuration.toolEnvironment)
        defer { runner.removeLogs() }
        return try await SecureAnswer.ask(
            Self.name, path: path, at: subject.machine.address, trusting: file, runner: runner, seconds: 40)
    }

    /// Everything behind the proxy answers; returns what the server said.
    @discardableResult
    func requireServing(_ moment: String) async throws -> SecureAnswer {
        let wait = Wait(
            for: "the coordinator behind the proxy \(moment)", limit: subject.machine.limit(.firstStart),
            hint: "look at docker logs \(Self.server) in the machine")
        let answer = try await wait.until {
            do {
                let answer = try await ask("/api/instance")
                return answer.status == 200 ? .done(answer) : WaitStep<SecureAnswer>.notYet("status \(answer.status)")
            } catch let error as CommandError {
                return .notYet("\(error)")
            }
        }
        let body = answer.body.filter { !$0.isWhitespace }
        XCTAssertEqual(body, #"{"setup_required":false}"#, "the mesh has no owner \(moment)")
        XCTAssertTrue(answer.issuer.contains("Caddy Local Authority"), "issuer \(moment): \(answer.issuer)")
        XCTAssertTrue(answer.names.contains("DNS:\(Self.name)"), "names \(moment): \(answer.names)")
        let page = try await ask("/")
        XCTAssertEqual(page.status, 200, "the dashboard \(moment)")
        XCTAssertTrue(page.body.contains("NetBird"), "the dashboard \(moment): \(page.body.prefix(80))")
        return answer
    }

    // MARK: - The loop without egress

    /// The server's container at one moment.
    struct Container {
        let restarts: Int
        let log: String
    }

    private static func lastLine(_ text: String) -> Substring {
        text.split(whereSeparator: \.isNewline).last ?? "none"
    }

    /// How often Docker has restarted the server by itself, and its last lines.
    func container() async throws -> Container {
        let count = try await output("docker inspect --format '{{.RestartCount}}' \(Self.server)", isPoll: true)
        let log = try await output("docker logs --tail 20 \(Self.server) 2>&1", isPoll: true)
        return Container(restarts: try XCTUnwrap(Int(count)), log: log)
    }

    /// Waits until the server has died of GeoLite2 and been restarted at least twice.
    func requireLoop(_ moment: String) async throws {
        // A dropped question takes half a minute, and dying twice shows that it is a loop.
        let wait = Wait(
            for: "the server to die of GeoLite2 twice \(moment)", limit: subject.machine.limit(.services),
            hint: "look at docker logs \(Self.server) in the machine")
        let seen = try await wait.until {
            let seen = try await container()
            let died = seen.log.contains("FATL") && seen.log.contains("could not initialize geolocation service")
            return died && seen.restarts >= 2
                ? .done(seen) : .notYet("restarts \(seen.restarts), last line \(Self.lastLine(seen.log))")
        }
        subject.session.log.say("\(moment): restarted \(seen.restarts) times: \(Self.lastLine(seen.log))")
        let silent = try await output("curl -s -o /dev/null --max-time 5 http://127.0.0.1:8081/api/instance; echo $?")
        XCTAssertNotEqual(silent, "0", "the server answers while it can't start")
        let answer = try await ask("/api/instance")
        XCTAssertEqual(answer.status, 502, "what the proxy says about a server that is not there")
        let page = try await ask("/")
        XCTAssertEqual(page.status, 200, "the dashboard needs no egress")
        let state = try await output("systemctl is-system-running")
        XCTAssertEqual(state, "running", "the rest of the host has to be fine")
    }
}
