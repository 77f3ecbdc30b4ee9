import Foundation

/// Looks at a machine as the profile says.
public struct Observer: Sendable {
    private let profile: Profile
    private let machine: Machine
    private let runner: any CommandRunner

    /// Looks at `machine` as if it were the profile's subject.
    public init(_ profile: Profile, on machine: Machine, runner: any CommandRunner) {
        self.profile = profile
        self.machine = machine
        self.runner = runner
    }

    /// Seconds after which a single question counts as unanswered.
    private var patience: Int { machine.timeFactor > 1 ? 15 : 6 }

    /// Looks from inside and from outside at the same time, until every published service answers on the subject's own
    /// localhost.
    ///
    /// Before that, silence from outside would only mean that a container is still starting.
    /// - Parameter waits: whether to wait for that; otherwise what is seen at once is what counts.
    /// - Throws: ``WaitError`` when a service never answers even there.
    public func observe(waits: Bool = true) async throws -> Observation {
        let wait = Wait(
            for: "the services of \(profile.subject) on its own localhost", limit: machine.limit(seconds: 60),
            hint: "look at docker ps -a and docker logs in the guest")
        return try await wait.until {
            // Both at once: each takes its whole patience when packets are dropped.
            async let asked = outside(profile.published)
            let view = try await inside(egressFrom: profile.egress.containers)
            var answers = try await asked
            let dead = profile.published.filter { view.answers["\($0.port)"]?.ok != true }
            guard dead.isEmpty || !waits else {
                return .notYet(dead.map { "\($0.container): no answer" }.joined(separator: ", "))
            }
            // A refusal may have come just before the service was there; silence was waited for all the time.
            let refused = profile.published.filter { answers[$0.port]?.isRefusal == true }
            if !refused.isEmpty { answers.merge(try await outside(refused)) { $1 } }
            return .done(Observation(outside: answers.mapValues(\.answer), inside: view, profile: profile))
        }
    }

    /// What came of asking a service from outside, and whether it was more than silence.
    private struct Reply {
        let answer: Answer
        let isRefusal: Bool
    }

    private func outside(_ services: [Profile.PublishedService]) async throws -> [Int: Reply] {
        try await withThrowingTaskGroup(of: (Int, Reply).self) { group in
            for service in services { group.addTask { (service.port, try await ask(service)) } }
            return try await group.reduce(into: [Int: Reply]()) { $0[$1.0] = $1.1 }
        }
    }

    /// Asks a published service from the control host, over the network.
    private func ask(_ service: Profile.PublishedService) async throws -> Reply {
        let url = "http://\(machine.address):\(service.port)\(service.path)"
        let result = try await runner.run(
            Command(
                "curl",
                [
                    "--silent", "--show-error", "--noproxy", "*", "--max-time", "\(patience)", "--max-filesize",
                    "1000000", url,
                ],
                limit: .seconds(patience + 10)))
        guard result.succeeded else {
            // curl(1): 28 is "operation timeout".
            return Reply(
                answer: Answer(ok: false, detail: printable(result.errorOutput.lines.last ?? "no answer")),
                isRefusal: result.ending != .exited(28))
        }
        guard let expected = service.body, !result.output.contains(expected) else {
            return Reply(answer: Answer(ok: true, detail: "answers"), isRefusal: false)
        }
        let detail = "answers '\(printable(result.output.prefix(60)))' instead of '\(expected)'"
        return Reply(answer: Answer(ok: false, detail: detail), isRefusal: true)
    }

    private func inside(egressFrom containers: [String]) async throws -> InsideView {
        let questions: JSONValue = .object([
            "timeout_seconds": .integer(patience),
            "published": .array(
                profile.published.map { .object(["port": .integer($0.port), "path": .string($0.path)]) }),
            "egress_from": .array(containers.map { .string($0) }),
            "egress_url": profile.egress.url.map { .string($0) } ?? .null,
        ])
        let result = try await machine.ssh.runPythonAsRoot(
            String(decoding: PackageResources.observe_py, as: UTF8.self), arguments: [questions.json],
            limit: machine.limit(seconds: 30)
        ).requireSuccess("looking at \(profile.subject) from inside")
        do {
            return try JSONDecoder().decode(InsideView.self, from: Data(result.output.utf8))
        } catch {
            throw HarnessTrouble(
                "looking at \(profile.subject) from inside", why: "the answer can't be read (\(error))",
                fix: "see \(result.log?.path ?? "the run directory")")
        }
    }
}
