import Foundation
import VMHarness

/// Commands in the guest over a shared connection: the harness's, and plain ssh's with the same configuration, in turn.
struct RoundTripPart {
    let bench: Bench
    let run: Run
    static let count = 30

    func measure() async throws {
        bench.say("round trips")
        let subject = try await run.subject(for: "roundtrip", from: .booted)
        do {
            try await measure(subject.machine, logs: subject.folder.appending(path: "plain"))
        } catch {
            await subject.end(.survives)
            throw error
        }
        await subject.end(.survives)
    }

    private func measure(_ machine: Machine, logs: URL) async throws {
        let runner = try SystemCommandRunner(logs: logs, environment: run.configuration.toolEnvironment)
        // The first of each doesn't count: it opens the shared connection.
        for number in 0...Self.count {
            let plain = try await plain(machine, runner: runner)
            let ours = try await Bench.time {
                try await machine.ssh.runAsRoot("true", limit: machine.limit(.command)).requireSuccess(
                    "a round trip")
            }
            guard number > 0 else { continue }
            bench.note {
                $0.samples.add(plain, to: "plain_ssh")
                $0.samples.add(ours.inSeconds, to: "roundtrip")
            }
        }
    }

    /// Seconds that one plain call takes, by the clock of the shell that makes it.
    private func plain(_ machine: Machine, runner: any CommandRunner) async throws -> Double {
        let script = #"start=$EPOCHREALTIME; ssh -F "$1" "$2" sudo bash -c true || exit; echo "$start $EPOCHREALTIME""#
        let answer = try await runner.run(
            Command(
                "bash", ["-c", script, "-", machine.ssh.configFile.path, machine.ssh.host],
                limit: machine.limit(.command))
        ).requireSuccess("a plain round trip").output
        let times = answer.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard times.count == 2 else {
            throw HarnessTrouble("bash", why: "has no EPOCHREALTIME", fix: "use bash 5 or later")
        }
        return times[1] - times[0]
    }
}
