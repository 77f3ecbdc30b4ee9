import Foundation
import VMHarness

/// Commands about what runs have left.
struct RunCommands {
    let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    func runs(_ invocation: Invocation) async throws -> ExitStatus {
        let runs = try await Workbench.with { bench in
            RunSummary.newest(invocation.count("limit") ?? 10, in: bench.configuration.runs)
        }
        if invocation.has("json") {
            try terminal.answer(json: runs)
            return .done
        }
        if runs.isEmpty { Terminal.note("no runs yet: boma-it survive HOST") }
        let width = runs.map(\.id.count).max() ?? 0
        for run in runs {
            let time = run.seconds.map { Duration.seconds($0).forPeople } ?? "-"
            let colour: Terminal.Colour =
                switch run.verdict {
                case .survives: .green
                case .doesNotSurvive: .red
                case .couldNotTell, nil: .yellow
                }
            let verdict = terminal.coloured(run.words.padded(to: 16), colour)
            let why = run.verdict == nil ? "" : "  \(printable((run.sentence ?? "").prefix(160)))"
            try terminal.answer("\(run.id.padded(to: width))  \(time.padded(to: 12))  \(verdict)\(why)")
        }
        return .done
    }

    func report(_ invocation: Invocation) async throws -> ExitStatus {
        let run = try await self.run(invocation.arguments.first)
        guard let report = run.report else {
            throw HarnessTrouble(
                "run \(run.id)", why: "has no report", fix: "read \(run.folder)/events.log")
        }
        try terminal.answer(report)
        if invocation.has("open") { try replaceProcess(with: ["xdg-open", report]) }
        return .done
    }

    func verdict(_ invocation: Invocation) async throws -> ExitStatus {
        // Skip runs without a question, such as those of `up`: they have no verdict.
        let run = try await self.run(invocation.arguments.first) { $0.verdict != nil }
        guard let verdict = RunHeader(in: URL(filePath: run.folder))?.verdict else {
            throw HarnessTrouble("run \(run.id)", why: "has no report.json", fix: "read \(run.folder)/events.log")
        }
        if invocation.arguments.isEmpty { Terminal.note("verdict of run \(run.id)") }
        if invocation.has("json") { try terminal.answer(json: verdict) } else { try terminal.answer(verdict.sentence) }
        return ExitStatus(verdict.verdict)
    }

    /// The newest run whose id begins so; without that the newest with a report that is wanted.
    private func run(_ name: String?, where isMeant: (RunSummary) -> Bool = { _ in true }) async throws -> RunSummary {
        let runs = try await Workbench.with { bench in RunSummary.newest(Int.max, in: bench.configuration.runs) }
        // Commands such as `play` and `reboot` leave a log and no report.
        let isWanted = { (run: RunSummary) in
            name.map { run.id.hasPrefix($0) }
                ?? (FileManager.default.fileExists(atPath: "\(run.folder)/report.json") && isMeant(run))
        }
        guard let run = runs.first(where: isWanted) else {
            throw HarnessTrouble(
                name.map { "run '\(printable($0))'" } ?? "run with a report", why: "there is none",
                fix: "boma-it runs lists them")
        }
        return run
    }
}
