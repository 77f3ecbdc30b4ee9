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
    private var patience: Int { Int(machine.limit(.silentPort).inSeconds) }

    /// Looks from inside and from outside at the same time, until every published service answers on the subject's own
    /// localhost.
    ///
    /// Before that, silence from outside would only mean that a container is still starting.
    /// - Parameters:
    ///   - wait: whether to wait for that. With failed units the wait ends early: the observation then has them.
    ///   - earlier: what it was like; an answer with a status of another class does not count then, and is waited for.
    ///   - say: is told what did not come up in time.
    /// - Throws: ``WaitError`` when a service never answers and is required to.
    public func observe(
        _ wait: Waiting = .required, like earlier: Observation? = nil, say: (String) -> Void = { _ in }
    ) async throws -> Observation {
        switch wait {
        case .none: return try await observe(waits: false, limit: .zero, like: earlier)
        case .required: return try await observe(waits: true, limit: machine.limit(.firstStart), like: earlier)
        case .settling:
            do {
                // The boot is over: only slow containers are still to come.
                return try await observe(waits: true, limit: machine.limit(.services), like: earlier)
            } catch let late as WaitError {
                say("\(late.requirement): not within \(late.elapsed.forPeople)")
                return try await observe(waits: false, limit: .zero, like: earlier)
            }
        }
    }

    /// What a look waits for.
    public enum Waiting: Sendable {
        /// Nothing: what is seen at once is what counts.
        case none
        /// All services; one that does not come up is an error.
        case required
        /// All services, as long as a boot may take; what does not come up in time is in the observation.
        case settling
    }

    private func observe(waits: Bool, limit: Duration, like earlier: Observation?) async throws -> Observation {
        let wait = Wait(
            for: "the services of \(profile.subject) on its own localhost", limit: limit,
            hint: "type docker ps -a and docker logs in the machine")
        var failedSince: ContinuousClock.Instant?
        return try await wait.until {
            // Ask both at once: each takes its whole time limit if packets are dropped.
            async let asked = outside(profile.published)
            async let others = PortQuestions(machine, runner: runner).ask(profile.ports ?? [])
            let view = try await inside(egressFrom: profile.egress.containers)
            func seen(_ outside: [Int: Answer]) -> Observation {
                let observation = Observation(outside: outside, inside: view, profile: profile)
                return earlier.map(observation.compared) ?? observation
            }
            var answers = try await asked
            let ports = try await others
            // A port refuses until its program is up. Silence comes from a firewall, and waiting does not end it.
            let now = seen(ports.merging(answers) { $1 })
            let missing =
                missing(in: now.inside)
                + now.outside.filter { $0.value.isRefusal && (ports[$0.key] != nil || $0.value.status != nil) }
                .sorted { $0.key < $1.key }.map { "port \($0.key): \($0.value.detail)" }
            if !missing.isEmpty, waits {
                // systemd has nothing left to start, and something has failed: what is not up will not come up, once
                // containers had a moment.
                let isHopeless = view.systemState == "degraded" && !now.failedUnits.isEmpty
                failedSince = isHopeless ? failedSince ?? .now : nil
                guard let since = failedSince, ContinuousClock.now - since > machine.limit(.failedUnits) else {
                    return .notYet(missing.joined(separator: ", "))
                }
            }
            // A refusal may have come just before the service was up: ask again. For silence the wait was long enough.
            let refused = profile.published.filter { now.outside[$0.port]?.isRefusal == true }
            if !refused.isEmpty { answers.merge(try await outside(refused)) { $1 } }
            return .done(seen(ports.merging(answers) { $1 }))
        }
    }

    private func outside(_ services: [Profile.PublishedService]) async throws -> [Int: Answer] {
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            for service in services { group.addTask { (service.port, try await ask(service)) } }
            return try await group.reduce(into: [Int: Answer]()) { $0[$1.0] = $1.1 }
        }
    }

    /// What has not come up yet, of what can only be seen from inside.
    private func missing(in view: InsideView) -> [String] {
        var all = profile.published.filter { view.answers["\($0.port)"]?.ok != true }.map {
            "\($0.container): no answer"
        }
        all += (profile.units ?? []).filter { view.units?[$0] != "active" }.map {
            "\($0): \(view.units?[$0] ?? "not known")"
        }
        let running = view.containers.filter { $0.status == "running" }.map(\.name)
        all += (profile.containers ?? []).filter { !running.contains($0) }.map { "container \($0): not running" }
        return all
    }

    /// Asks a published service from the control host, over the network.
    private func ask(_ service: Profile.PublishedService) async throws -> Answer {
        let url = "http://\(machine.address):\(service.port)\(service.path)"
        let result = try await runner.run(
            Curl.command(
                url,
                [
                    "--noproxy", "*", "--max-time", "\(patience)", "--max-filesize", "1000000", "--write-out",
                    "\n%{response_code}",
                ],
                limit: .seconds(patience + 10)))
        guard result.succeeded else {
            // curl(1): 28 is "operation timeout".
            return Answer(
                ok: false, detail: printable(result.errorOutput.lines.last ?? "no answer"),
                isRefusal: result.ending != .exited(28))
        }
        // The status stands after the body (--write-out).
        let end = result.output.lastIndex(of: "\n") ?? result.output.startIndex
        let body = result.output[..<end]
        let status = Int(result.output[end...].trimmingCharacters(in: .newlines))
        guard let expected = service.body, !body.contains(expected) else {
            return Answer(ok: true, detail: status.map { "answers with status \($0)" } ?? "answers", status: status)
        }
        let detail = "answers '\(printable(body.prefix(60)))' instead of '\(expected)'"
        return Answer(ok: false, detail: detail, status: status, isRefusal: true)
    }

    private func inside(egressFrom containers: [String]) async throws -> InsideView {
        let questions: JSONValue = .object([
            "timeout_seconds": .integer(patience),
            "published": .array(
                profile.published.map { .object(["port": .integer($0.port), "path": .string($0.path)]) }),
            "units": .array((profile.units ?? []).map { .string($0) }),
            "egress_from": .array(containers.map { .string($0) }),
            "egress_url": profile.egress.url.map { .string($0) } ?? .null,
        ])
        let result = try await machine.ssh.runPythonAsRoot(
            String(decoding: PackageResources.observe_py, as: UTF8.self), arguments: [questions.json],
            limit: machine.limit(.look)
        ).requireSuccess("looking at \(profile.subject) from inside")
        struct Target: Decodable {
            let host_egress: Answer?
        }
        if let seen = try? JSONDecoder().decode(Target.self, from: Data(result.output.utf8)), seen.host_egress == nil {
            throw HarnessTrouble(
                "egress of \(profile.subject)", why: "none of its package sources has an address to try",
                fix: "name one in the profile: egress.url")
        }
        do {
            return try JSONDecoder().decode(InsideView.self, from: Data(result.output.utf8))
        } catch {
            throw HarnessTrouble(
                "looking at \(profile.subject) from inside", why: "the answer can't be read (\(error))",
                fix: "see \(result.log?.path ?? "the run directory")")
        }
    }
}
