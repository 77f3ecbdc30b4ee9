import Foundation
import VMHarness

/// Measures the harness against what it stands on: plain QEMU, virsh and ssh. Judges nothing.
@main
struct BomaItBench {
    static func main() async {
        do {
            let bench = Bench(
                settings: try BenchSettings(),
                configuration: try HarnessConfiguration(packageRoot: HarnessConfiguration.nearestPackageRoot()))
            exit(await endingWithSignals(bench))
        } catch {
            FileHandle.standardError.write(Data("boma-it-bench: \(error)\n".utf8))
            exit(1)
        }
    }

    /// Measures, and stops measuring at the first signal: what is under way is undone then.
    private static func endingWithSignals(_ bench: Bench) async -> Int32 {
        let work = Task { await measure(bench) }
        _ = Interruption.shared.add { _ = await work.result }
        // The registry undoes what has been made; this keeps the work from making more.
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { work.cancel() }
            source.resume()
            return source
        }
        let status = await work.value
        if work.isCancelled {
            // The registry ends the process, as soon as everything has been undone.
            let wait = Wait(for: "the clean-up", limit: .seconds(600), hint: "boma-it clean")
            try? await wait.until { WaitStep<Void>.notYet("something is still being undone") }
        }
        sources.forEach { $0.cancel() }
        return status
    }

    /// All parts, one after the other. One that fails leaves the others' numbers alone.
    private static func measure(_ bench: Bench) async -> Int32 {
        var failed = false
        func part(_ name: String, _ work: () async throws -> Void) async {
            guard !Task.isCancelled else { return }
            do {
                try await work()
            } catch is CancellationError {
                failed = true
            } catch {
                failed = true
                bench.remark("\(name): FAILED: \(error)")
            }
            if let file = bench.settings.json { try? bench.report.write(to: file) }
        }
        await part("environment") {
            let facts = try await HostEnvironment.facts(bench)
            bench.note { $0.environment.merge(facts) { $1 } }
        }
        if bench.wants(.scaling) { await part("scaling") { try await ScalingPart(bench: bench).measure() } }
        if bench.wants(.start, .reboot, .harness, .warm, .roundtrip) {
            await part("run") { try await measureMachines(bench, part: part) }
        }
        // Last, and with no run of ours open: the tests take the host lock.
        if bench.wants(.suite) { await part("suite") { try await SuitePart(bench: bench).measure() } }
        guard !Task.isCancelled else { return 1 }
        print(bench.report.table)
        do {
            if let file = bench.settings.json { try bench.report.write(to: file) }
        } catch {
            bench.say("\(error)")
            failed = true
        }
        return failed ? 1 : 0
    }

    private static func measureMachines(
        _ bench: Bench, part: (String, () async throws -> Void) async -> Void
    ) async throws {
        let start = ContinuousClock.now
        let run = try await Run.start(bench.configuration)
        bench.add(.now - start, to: "run_start")
        bench.note { $0.environment.merge(HostEnvironment.facts(run)) { $1 } }
        // What a benchmark that was killed left behind: the host is ours now.
        try? FileManager.default.removeItem(at: run.configuration.cache.appending(path: "bench"))
        if bench.wants(.start, .reboot, .harness) {
            await part("boots") { try await BootPart(bench: bench, run: run).measure() }
        }
        if bench.wants(.warm) { await part("warm") { try await WarmPart(bench: bench, run: run).measure() } }
        if bench.wants(.roundtrip) {
            await part("roundtrip") { try await RoundTripPart(bench: bench, run: run).measure() }
        }
        try await bench.measureSizes(
            ["folder of the run": run.directory.url],
            runner: SystemCommandRunner(
                logs: run.directory.folder(for: "sizes"), environment: run.configuration.toolEnvironment))
    }
}
