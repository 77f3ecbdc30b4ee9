import Foundation

/// Asks TCP ports of a machine from the control host: whether a connection is accepted, whatever speaks behind it.
public struct PortQuestions: Sendable {
    private let address: String
    private let patience: Int
    private let comeBack: Duration
    private let silence: Duration
    private let runner: any CommandRunner

    /// More ports than that are a guest's that wants to keep us busy.
    static let limit = 200

    /// Asks `machine`.
    public init(_ machine: Machine, runner: any CommandRunner) {
        self.init(
            machine.address, patience: Int(machine.limit(.silentPort).inSeconds), comeBack: machine.limit(.services),
            silence: machine.limit(.silence), runner: runner)
    }

    /// - Parameters:
    ///   - patience: seconds after which a port counts as silent.
    ///   - comeBack: how long what is refused may go on being so after a reboot.
    ///   - silence: how long silence is waited for.
    init(
        _ address: String, patience: Int, comeBack: Duration = .seconds(60), silence: Duration = .seconds(6),
        runner: any CommandRunner
    ) {
        self.address = address
        self.patience = patience
        self.comeBack = comeBack
        self.silence = silence
        self.runner = runner
    }

    // Bash itself opens the connection, so nothing else has to be installed. Who speaks first (SSH, SMTP, IMAP, MySQL) is not
    // spoken to; anybody else is asked for a page, which only HTTP answers.
    private static let script = """
        address=$1 seconds=$2
        shift 2
        for port in "$@"; do
            {
                status=0
                timeout "$seconds" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$port" 2>/dev/null || status=$?
                page=
                [ "$status" != 0 ] || page=$(timeout "$seconds" bash -c '
                    exec 3<>"/dev/tcp/$0/$1"
                    ! read -r -t 1 -u 3 line || exit 0
                    printf "GET / HTTP/1.0\r\nHost: %s\r\n\r\n" "$0" >&3
                    read -r -u 3 line && [[ $line == HTTP/1.[01]" "[1-5][0-9][0-9]* ]] && echo "${line:9:3}"
                ' "$address" "$port" 2>/dev/null)
                echo "$port $status $page"
            } &
        done
        wait
        """

    /// Asks again and again until all of them answer, for as long as that may still be.
    ///
    /// - Parameters:
    ///   - ports: those that answered before a reboot.
    ///   - picked: those among them that the kernel had picked, which are not waited for: it may have picked others now.
    ///   - earlier: how; an answer with a status of another class is waited on.
    ///   - say: is told what was silent to the end.
    /// - Returns: the last answers.
    public func askUntilAllAnswer(
        _ ports: [Int], picked: Set<Int> = [], like earlier: [Int: Answer] = [:], say: (String) -> Void
    ) async throws -> [Int: Answer] {
        var open: [Int: Answer] = [:]
        let wait = Wait(
            for: "the ports that answered before the reboot", limit: comeBack,
            hint: "they are compared as they are then")
        let start = ContinuousClock.now
        do {
            try await wait.until {
                // Who has answered is not asked again: some count how often that is.
                let left = ports.filter { open[$0]?.ok != true }
                for (port, answer) in try await ask(left) { open[port] = answer.compared(with: earlier[port]) }
                let dead = open.filter { !$0.value.ok && !picked.contains($0.key) }
                // What refuses may still be starting. Silence comes from a firewall, and gets less time.
                let isOver = ContinuousClock.now - start > silence
                if dead.isEmpty || isOver && !dead.values.contains(where: \.isRefusal) { return .done(()) }
                return .notYet("no answer: \(dead.keys.sorted())")
            }
        } catch let late as WaitError {
            say("\(late.requirement): \(late.lastSeen)")
        }
        return open
    }

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
        var pages: [Int: Int] = [:]
        for line in result.output.lines {
            let words = line.split(separator: " ").map { Int($0) }
            guard words.count > 1, let port = words[0], let status = words[1] else { continue }
            statuses[port] = status
            if words.count > 2 { pages[port] = words[2] }
        }
        return Dictionary(
            uniqueKeysWithValues: Set(ports).map { port in
                let detail =
                    switch statuses[port] {
                    case 0: pages[port].map { "answers with status \($0)" } ?? "answers"
                    case 124: "no answer within \(patience) s"
                    case .some: "refused"
                    case nil: "not asked"
                    }
                let isRefusal = statuses[port].map { $0 != 0 && $0 != 124 } ?? false
                return (
                    port,
                    Answer(ok: statuses[port] == 0, detail: detail, status: pages[port], isRefusal: isRefusal)
                )
            })
    }
}
