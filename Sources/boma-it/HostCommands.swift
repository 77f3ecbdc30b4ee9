import Foundation
import VMHarness

/// Commands about this machine.
struct HostCommands {
    let terminal: Terminal

    init(_ terminal: Terminal) { self.terminal = terminal }

    func doctor(_ invocation: Invocation) async throws -> ExitStatus {
        if invocation.has("fix") { try repair(isJSON: invocation.has("json")) }
        let findings = try await Workbench.with { bench in
            let isolation = IsolationFindings(configuration: bench.configuration, runner: bench.runner)
            return await Doctor(
                configuration: bench.configuration, runner: bench.runner, isolation: isolation.examine
            ).examine()
        }
        if invocation.has("json") { try terminal.answer(json: findings) } else { try show(findings) }
        return findings.contains { $0.state == .missing } ? .trouble : .done
    }

    private func show(_ findings: [Finding]) throws {
        let width = findings.map(\.name.count).max() ?? 0
        for finding in findings {
            let colour: Terminal.Colour =
                switch finding.state {
                case .ok: .green
                case .warning: .yellow
                case .missing: .red
                }
            let state = terminal.coloured(finding.state.rawValue.padded(to: 7), colour)
            try terminal.answer("\(state)  \(finding.name.padded(to: width))  \(finding.detail)")
            if finding.state != .ok, let fix = finding.fix {
                try terminal.answer("\(String(repeating: " ", count: width + 11))fix: \(fix)")
            }
        }
        let missing = findings.filter { $0.state == .missing }.count
        try terminal.answer(
            missing == 0 ? "nothing is missing" : "\(missing) missing: boma-it can't run yet")
    }

    /// Goes on as the set-up, which may ask for a password, and then as a doctor without `--fix`.
    private func repair(isJSON: Bool) throws {
        let bench = try Workbench()
        bench.runner.removeLogs()
        let setup = bench.configuration.packageRoot.appending(path: "scripts/setup")
        guard FileManager.default.isExecutableFile(atPath: setup.path) else {
            throw HarnessTrouble(
                "set-up", why: "there is no \(setup.path)", fix: "run boma-it in its own repository")
        }
        let script = #"setup=$1; shift; "$setup" >&2 || exit 1; exec "$@""#
        let again = ["/proc/self/exe"].compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: $0) }
        try replaceProcess(
            with: ["sh", "-c", script, "sh", setup.path, again.first ?? "boma-it", "doctor"]
                + (isJSON ? ["--json"] : []))
    }
}
