import Foundation

/// Asks TCP ports of a machine from the control host: whether a connection is accepted, whatever speaks behind it.
public struct PortQuestions: Sendable {
    private let address: String
    private let patience: Int
    private let runner: any CommandRunner

    /// More ports than that are a guest's that wants to keep us busy.
    static let limit = 200

    /// Asks `machine`.
    public init(_ machine: Machine, runner: any CommandRunner) {
        self.init(machine.address, patience: machine.timeFactor > 1 ? 15 : 6, runner: runner)
    }

    /// - Parameter patience: seconds after which a port counts as silent.
    init(_ address: String, patience: Int, runner: any CommandRunner) {
        self.address = address
        self.patience = patience
        self.runner = runner
    }

    // Bash itself opens the connection, so nothing else has to be installed.
    private static let script = """
        address=$1 seconds=$2
        shift 2
        for port in "$@"; do
            {
                timeout "$seconds" bash -c "exec 3<>/dev/tcp/$address/$port" 2>/dev/null
                echo "$port $?"
            } &
        done
        wait
        """

    /// Asks all of them at once.
    ///
    /// - Returns: an answer for each port; one that could not be asked has not answered.
    public func ask(_ ports: [Int]) async throws -> [Int: Answer] {
        guard !ports.isEmpty else { return [:] }
        let asked = Array(Set(ports).sorted().prefix(Self.limit))
        let result = try await runner.run(
            Command(
                "bash", ["-c", Self.script, "bash", address, "\(patience)"] + asked.map(String.init),
                limit: .seconds(patience + 20)))
        var statuses: [Int: Int] = [:]
        for line in result.output.lines {
            let words = line.split(separator: " ").map { Int($0) }
            if words.count == 2, let port = words[0], let status = words[1] { statuses[port] = status }
        }
        return Dictionary(
            uniqueKeysWithValues: Set(ports).map { port in
                let detail =
                    switch statuses[port] {
                    case 0: "answers"
                    case 124: "no answer within \(patience) s"
                    case .some: "refused"
                    case nil: "not asked"
                    }
                return (port, Answer(ok: statuses[port] == 0, detail: detail))
            })
    }
}

extension StateSnapshot {
    /// TCP ports that something listens on at another address than the guest's own loopback, with the name of its
    /// process. Without LLMNR's (RFC 4795), which is for the neighbours on a link and nobody's service.
    public var listeningPorts: [Int: String] {
        guard case .facts(let listeners) = self[.listeners] else { return [:] }
        var ports: [Int: String] = [:]
        for (key, process) in listeners {
            guard key.hasPrefix("tcp "), let colon = key.lastIndex(of: ":"),
                let port = Int(key[key.index(after: colon)...]), (1...65535).contains(port), port != 5355
            else { continue }
            let address = key[..<colon].dropFirst(4)
            if !address.hasPrefix("127."), address != "[::1]", !address.hasPrefix("[fe80:") { ports[port] = process }
        }
        return ports
    }
}
