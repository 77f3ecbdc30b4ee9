import Foundation

/// Asks the profile's own checks.
struct OwnChecks: Sendable {
    private let checks: [OwnCheck]
    private let machine: Machine
    private let runner: any CommandRunner

    init(_ profile: Profile, on machine: Machine, runner: any CommandRunner) {
        checks = OwnCheck.all(of: profile.checks, seconds: Int(machine.limit(.command).inSeconds))
        self.machine = machine
        self.runner = runner
    }

    private var patience: Int { Int(machine.limit(.silentPort).inSeconds) }

    /// Asks all of them.
    ///
    /// - Parameter waits: whether one that does not hold yet is asked again, for as long as the profile says, or the usual time.
    /// - Returns: an answer for each.
    func ask(waits: Bool) async throws -> [CheckAnswer] {
        guard !checks.isEmpty else { return [] }
        let usual = machine.limit(.services)
        func limit(_ check: OwnCheck) -> Duration { check.within.map { .seconds($0) } ?? usual }
        let longest = checks.map(limit).max() ?? usual
        let wait = Wait(for: "the profile's checks", limit: longest, hint: "they count as they are then")
        let start = ContinuousClock.now
        var answers: [Int: Answer] = [:]
        do {
            try await wait.until {
                let elapsed = ContinuousClock.now - start
                let left = checks.indices.filter {
                    answers[$0]?.ok != true && (answers[$0] == nil || elapsed < limit(checks[$0]))
                }
                answers.merge(try await ask(left)) { $1 }
                let failed = checks.indices.filter { answers[$0]?.ok != true }
                let isHopeless = failed.allSatisfy { ContinuousClock.now - start >= limit(checks[$0]) }
                guard waits, !isHopeless else { return .done(()) }
                return .notYet(
                    failed.map { "\(checks[$0].label): \(answers[$0]?.detail ?? "")" }.joined(separator: "; "))
            }
        } catch is WaitError {}
        // What must not be there has to be absent to the end, not only at the first look.
        answers.merge(try await ask(checks.indices.filter { checks[$0].isAboutAbsence })) { $1 }
        return checks.indices.map { index in
            CheckAnswer(
                label: checks[index].label, expected: checks[index].expected,
                answer: answers[index] ?? Answer(ok: false, detail: "not asked"))
        }
    }

    private func ask(_ indices: [Int]) async throws -> [Int: Answer] {
        let inside = indices.filter { if case .guest = checks[$0].question { true } else { false } }
        return try await withThrowingTaskGroup(of: [Int: Answer].self) { group in
            group.addTask { try await askGuest(inside) }
            for index in indices where !inside.contains(index) {
                let question = checks[index].question
                group.addTask { [index: try await ask(question)] }
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
    }

    /// A few at a time: one argument of a command may have 128 KiB.
    private func askGuest(_ indices: [Int]) async throws -> [Int: Answer] {
        var answers: [Int: Answer] = [:]
        for start in stride(from: 0, to: indices.count, by: 10) {
            answers.merge(try await askSomeOfGuest(Array(indices[start..<min(start + 10, indices.count)]))) { $1 }
        }
        return answers
    }

    private func askSomeOfGuest(_ indices: [Int]) async throws -> [Int: Answer] {
        let questions = indices.compactMap { if case .guest(let value) = checks[$0].question { value } else { nil } }
        let result = try await machine.ssh.runPythonAsRoot(
            String(decoding: PackageResources.own_checks_py, as: UTF8.self),
            arguments: [JSONValue.array(questions).json],
            // They are asked one after another.
            limit: machine.limit(.command) * Double(indices.count) + machine.limit(.command)
        ).requireSuccess("asking the profile's checks in \(machine.ssh.host)")
        let answers = try JSONDecoder().decode([Answer].self, from: Data(result.output.utf8))
        guard answers.count == indices.count else {
            throw HarnessTrouble(
                "the profile's checks", why: "\(answers.count) answers to \(indices.count) questions",
                fix: "see the run directory")
        }
        return Dictionary(uniqueKeysWithValues: zip(indices, answers.map(\.printed)))
    }

    private func ask(_ question: OwnCheck.Question) async throws -> Answer {
        switch question {
        case .web(let page, let isSecure): return try await ask(page, isSecure: isSecure)
        case .port(let port): return try await ask(port)
        case .closed(let port):
            let answer = try await PortQuestions(machine, runner: runner).ask([port])[port]
            return answer?.ok == true
                ? Answer(ok: false, detail: "answers") : Answer(ok: true, detail: answer?.detail ?? "no answer")
        case .name(let name): return try await ask(name)
        case .guest: return Answer(ok: false, detail: "not asked")
        }
    }

    private func ask(_ page: Profile.Checks.Web, isSecure: Bool) async throws -> Answer {
        let host = page.host ?? machine.address
        let url = "\(isSecure ? "https" : "http")://\(host):\(page.port)\(page.path)"
        let result = try await runner.run(
            Curl.command(
                url,
                [
                    "--noproxy", "*", "--max-time", "\(patience)", "--max-filesize", "1000000", "--include",
                    "--insecure",
                    "--resolve", "\(host):\(page.port):\(machine.address)", "--write-out", "\n%{response_code}",
                ], limit: .seconds(patience + 10)))
        guard result.succeeded else {
            return Answer(ok: false, detail: printable(result.errorOutput.lines.last ?? "no answer"), isRefusal: true)
        }
        return Self.judge(result.output, page)
    }

    /// - Parameter output: the head, an empty line, the page and, in a line of its own, the status.
    static func judge(_ output: String, _ page: Profile.Checks.Web) -> Answer {
        let text = output.replacingOccurrences(of: "\r\n", with: "\n")
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        let status = Int(text[end...].trimmingCharacters(in: .newlines)) ?? 0
        let middle = text.range(of: "\n\n")
        let head = text[..<(middle?.lowerBound ?? text.startIndex)].lowercased()
        let body = text[(middle?.upperBound ?? text.startIndex)..<max(end, middle?.upperBound ?? text.startIndex)]
        func refuse(_ words: String) -> Answer {
            Answer(ok: false, detail: printable(words), status: status, isRefusal: true)
        }
        if let wanted = page.status, wanted != status { return refuse("answers with status \(status)") }
        if page.status == nil, status >= 400 || status == 0 { return refuse("answers with status \(status)") }
        if let wanted = page.header, !head.contains(wanted.lowercased()) { return refuse("its head lacks '\(wanted)'") }
        if let wanted = page.text, !body.contains(wanted) { return refuse("answers '\(body.prefix(60))'") }
        return Answer(ok: true, detail: "answers with status \(status)", status: status)
    }

    private func ask(_ port: Profile.Checks.Port) async throws -> Answer {
        guard let text = port.text else {
            return try await PortQuestions(machine, runner: runner).ask([port.port])[port.port]
                ?? Answer(ok: false, detail: "not asked")
        }
        let script = #"exec 3<>"/dev/tcp/$0/$1" && dd bs=4096 count=1 status=none <&3"#
        let result = try await runner.run(
            Command(
                "timeout", ["\(patience)", "bash", "-c", script, machine.address, "\(port.port)"],
                limit: .seconds(patience + 10)))
        guard !result.output.contains(text) else { return Answer(ok: true, detail: "says '\(text)'") }
        let said = result.output.lines.first.map { "says '\(printable($0.prefix(80)))'" }
        return Answer(ok: false, detail: said ?? "says nothing", isRefusal: true)
    }

    private func ask(_ question: Profile.Checks.Name) async throws -> Answer {
        let result = try await runner.run(
            Command(
                "python3", ["-", machine.address, "\(question.port ?? 53)", question.name, "\(patience)"],
                input: String(decoding: PackageResources.ask_dns_py, as: UTF8.self), limit: .seconds(patience + 10)))
        guard result.succeeded else {
            return Answer(ok: false, detail: printable(result.errorOutput.lines.last ?? "no answer"), isRefusal: true)
        }
        let found = result.output.lines
        guard let wanted = question.address else {
            return Answer(ok: !found.isEmpty, detail: found.first ?? "no address", isRefusal: true)
        }
        return Answer(ok: found.contains(wanted), detail: found.joined(separator: " "), isRefusal: true)
    }
}

/// One of the profile's own checks, and what was seen.
public struct CheckAnswer: Codable, Sendable, Equatable {
    /// What it is about.
    let label: String
    /// What has to be seen.
    let expected: String
    /// What was seen.
    let answer: Answer

    /// What it says when it does not hold.
    func complaint(after event: String) -> Complaint? {
        guard !answer.ok else { return nil }
        return Complaint(
            .check, label, event: event, text: "\(label): \(answer.detail) (expected: \(expected))", before: expected,
            after: answer.detail)
    }
}

extension Answer {
    /// The same with a detail that is fit for a terminal: guests write it.
    fileprivate var printed: Answer {
        Answer(ok: ok, detail: printable(detail), status: status, isRefusal: isRefusal)
    }
}
