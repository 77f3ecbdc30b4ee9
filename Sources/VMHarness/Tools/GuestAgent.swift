import Foundation

/// QEMU's guest agent, through libvirt: a way into a guest that needs no network and no login.
public struct GuestAgent: Sendable {
    let virsh: Virsh
    /// The domain.
    public let domain: String

    /// The agent of `domain`.
    public init(virsh: Virsh, domain: String) {
        self.virsh = virsh
        self.domain = domain
    }

    /// Runs a shell script in the guest as root.
    ///
    /// - Parameter limit: how long in all; an agent that does not answer is given up after five seconds of it.
    /// - Returns: what the script wrote to its standard output, compressed by gzip; of a very long answer the beginning.
    /// - Throws: ``CommandError`` when there is no agent, or it can't run anything; ``WaitError`` when the script does not
    ///   end in time.
    public func runCompressed(_ script: String, limit: Duration) async throws -> Data {
        // libvirt's messages have a limit of some megabytes.
        try await execute("{ \(script)\n} 2>/dev/null | gzip -c | head -c 2500000", limit: limit)
    }

    /// The same for a short answer, not compressed.
    public func run(_ script: String, limit: Duration) async throws -> String {
        String(decoding: try await execute(script, limit: limit).prefix(1 << 20), as: UTF8.self)
    }

    private func execute(_ script: String, limit: Duration) async throws -> Data {
        let deadline = Deadline(after: limit)
        _ = try await ask("guest-ping", [:], limit: min(.seconds(5), deadline.remaining))
        let started = try await ask(
            "guest-exec",
            [
                "path": .string("/bin/bash"), "arg": .array([.string("-c"), .string(script)]),
                "capture-output": .bool(true),
            ], limit: deadline.remaining)
        guard case .integer(let pid) = started["pid"] else {
            throw HarnessTrouble("the guest agent", why: "named no process", fix: "see the command's log")
        }
        let wait = Wait(for: "the guest agent's script to end", limit: deadline.remaining, hint: "the machine is busy")
        let answer = try await wait.until {
            let status = try await ask(
                "guest-exec-status", ["pid": .integer(pid)], limit: max(deadline.remaining, .seconds(1)))
            return status["exited"] == .bool(true) ? .done(status) : .notYet("it runs")
        }
        return answer["out-data"]?.text.flatMap { Data(base64Encoded: $0) } ?? Data()
    }

    private func ask(_ name: String, _ arguments: [String: JSONValue], limit: Duration) async throws -> JSONValue {
        var question: [String: JSONValue] = ["execute": .string(name)]
        if !arguments.isEmpty { question["arguments"] = .object(arguments) }
        let seconds = max(1, Int(limit.inSeconds))
        let result = try await virsh.run(
            ["qemu-agent-command", "--timeout", "\(seconds)", domain, JSONValue.object(question).json],
            limit: limit + .seconds(1)
        ).requireSuccess("asking the guest agent of \(domain)")
        // A large answer is longer than what a result keeps: read it from the log.
        let text = result.log.flatMap { try? Data(contentsOf: $0) } ?? Data(result.output.utf8)
        return try JSONDecoder().decode(JSONValue.self, from: text)["return"] ?? .null
    }
}
