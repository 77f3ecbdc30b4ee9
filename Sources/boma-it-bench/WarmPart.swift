import Foundation
import VMHarness

/// Warm starts, and bare restores of the same memory, in turn.
struct WarmPart {
    let bench: Bench
    let run: Run

    func measure() async throws {
        guard run.configuration.layers.areWarm else {
            throw HarnessTrouble("warm start", why: "is switched off", fix: "unset BOMA_IT_LAYERS and BOMA_IT_WARM")
        }
        bench.say("one warm start that doesn't count: it makes the layer when there is none")
        let start = ContinuousClock.now
        let first = try await run.subject(for: "warm-0", from: .booted)
        bench.remark("the warm start before the first counted one took \((ContinuousClock.now - start).forPeople)")
        let layer = await Self.layer(of: first, in: run)
        await first.end(.survives)
        guard let layer else { throw Self.notWarm(run) }
        try await measureSizes()
        for round in 1...bench.settings.repetitions {
            bench.say("warm starts, round \(round) of \(bench.settings.repetitions)")
            if round.isMultiple(of: 2) {
                try await bare(round, layer)
                try await warm(round)
            } else {
                try await warm(round)
                try await bare(round, layer)
            }
        }
    }

    /// The layer whose memory a machine came out of; `nil` when it booted.
    static func layer(of subject: Subject, in run: Run) async -> Layer? {
        let backing = await subject.machine.record.backing
        return run.layers.all().first { $0.isWarm && $0.disk.path == backing }
    }

    private static func notWarm(_ run: Run) -> HarnessTrouble {
        HarnessTrouble(
            "warm start", why: "the machine was booted instead of restored",
            fix: "see \(run.directory.url.path)/events.log")
    }

    private func warm(_ round: Int) async throws {
        let start = ContinuousClock.now
        let subject = try await run.subject(for: "warm-\(round)", from: .booted)
        do {
            try await subject.machine.ssh.runAsRoot("true", limit: subject.machine.limit(.command))
                .requireSuccess("the first check")
            let seconds = ContinuousClock.now - start
            guard await Self.layer(of: subject, in: run) != nil else { throw Self.notWarm(run) }
            if let login = await subject.machine.firstLogin { bench.add(login - start, to: "warm_first_command") }
            bench.add(seconds, to: "warm_first_check")
            try await subject.finishIsolationProof()
            bench.add(.now - start, to: "warm_isolation_proven")
        } catch {
            await subject.end(.survives)
            throw error
        }
        await subject.end(.survives)
    }

    /// `virsh restore` and ssh with the saved keys, and nothing else.
    private func bare(_ round: Int, _ layer: Layer) async throws {
        let folder = try run.directory.folder(for: "bare-restore-\(round)")
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "commands"), environment: run.configuration.toolEnvironment)
        let builder = MachineBuilder(
            virsh: Virsh(runner: runner, uri: run.configuration.host.libvirtURI), runner: runner,
            configuration: run.configuration, accelerator: run.accelerator, say: run.log.say)
        let machine = try await builder.restoring(
            run.profile, from: layer, console: folder.appending(path: "console.log"), run: run.directory.id
        ) { machine in
            let seconds = try await Bench.time {
                try await builder.loadMemory(of: machine, from: layer)
                try await waitForAnswer(machine, layer, runner: runner)
            }
            bench.add(seconds, to: "bare_restore")
        }
        await machine.destroy()
    }

    private func waitForAnswer(_ machine: Machine, _ layer: Layer, runner: any CommandRunner) async throws {
        let own = [
            "-F", machine.folder.sshConfig.path, "-o", "ControlMaster=no", "-o", "ControlPath=none",
            "-o", "IdentityFile=\(layer.saved.identity.path)",
            "-o", "UserKnownHostsFile=\(layer.saved.knownHosts.path)", run.profile.subject, "true",
        ]
        try await runner.run(
            Command(
                "bash", ["-c", #"until ssh "$@"; do sleep 0.2; done"#, "-"] + own, limit: machine.limit(.look))
        ).requireSuccess("waiting for the bare restored guest")
    }

    private func measureSizes() async throws {
        let runner = try SystemCommandRunner(
            logs: try run.directory.folder(for: "warm-sizes"), environment: run.configuration.toolEnvironment)
        let own = run.layers.all().filter { $0.record.subject == run.profile.subject }
        // The last used layer of a stage is the one that counts.
        let items = Dictionary(own.map { ("layer \($0.record.stage)", $0.folder) }) { first, _ in first }
        try await bench.measureSizes(items, runner: runner)
    }
}
