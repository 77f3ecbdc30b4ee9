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

    /// Looks from inside and, as soon as every published service answers on the subject's own localhost, from outside.
    ///
    /// Before that, silence from outside would only mean that a container is still starting.
    /// - Parameter waits: whether to wait for that; otherwise what is seen at once is what counts.
    /// - Throws: ``WaitError`` when a service never answers even there.
    public func observe(waits: Bool = true) async throws -> Observation {
        let wait = Wait(
            for: "the services of \(profile.subject) on its own localhost", limit: machine.limit(seconds: 60),
            hint: "look at docker ps -a and docker logs in the guest")
        let fromInside = try await wait.until {
            let view = try await inside(egressFrom: profile.egress.containers)
            let dead = profile.published.filter { view.answers["\($0.port)"]?.ok != true }
            return dead.isEmpty || !waits
                ? .done(view) : .notYet(dead.map { "\($0.container): no answer" }.joined(separator: ", "))
        }
        let outside = try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for service in profile.published { group.addTask { (service.port, try await ask(service)) } }
            return try await group.reduce(into: [Int: Answer]()) { $0[$1.0] = $1.1 }
        }
        return Observation(outside: outside, inside: fromInside, profile: profile)
    }

    /// Asks a published service from the control host, over the network.
    private func ask(_ service: Profile.PublishedService) async throws -> Answer {
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
            return Answer(ok: false, detail: printable(result.errorOutput.lines.last ?? "no answer"))
        }
        guard let expected = service.body, !result.output.contains(expected) else {
            return Answer(ok: true, detail: "answers")
        }
        return Answer(ok: false, detail: "answers '\(printable(result.output.prefix(60)))' instead of '\(expected)'")
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
