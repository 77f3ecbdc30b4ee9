import Foundation
import VMHarness

/// Cold starts and reboots, the harness's and a plain QEMU's in turn, with what the harness takes while it waits.
struct BootPart {
    let bench: Bench
    let run: Run

    func measure() async throws {
        for round in 1...bench.settings.repetitions {
            bench.say("boots, round \(round) of \(bench.settings.repetitions)")
            // Who is first changes, so that a warm page cache favours neither.
            if round.isMultiple(of: 2) {
                try await ours(round)
                try await raw(round)
            } else {
                try await raw(round)
                try await ours(round)
            }
        }
    }

    private func raw(_ round: Int) async throws {
        guard bench.wants(.start, .reboot) else { return }
        let evidence = try run.directory.folder(for: "raw-\(round)")
        let runner = try SystemCommandRunner(
            logs: evidence.appending(path: "commands"), environment: run.configuration.toolEnvironment)
        let folder = run.configuration.cache.appending(path: "bench/raw-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let undo = Interruption.shared.add { try? FileManager.default.removeItem(at: folder) }
        defer {
            try? FileManager.default.removeItem(at: folder)
            Interruption.shared.remove(undo)
        }
        let guest = RawGuest(
            folder: folder, evidence: evidence, port: try await RawGuest.freePort(runner: runner),
            size: run.profile.size, accelerator: run.accelerator,
            timeFactor: run.configuration.host.timeFactor ?? run.accelerator.timeFactor, runner: runner)
        let preparation = try await Bench.time { try await guest.prepare(over: run.image.file) }
        if bench.wants(.start) { bench.add(preparation, to: "raw_preparation") }
        let start = ContinuousClock.now
        try await guest.run {
            let first = try await guest.waitForLogin()
            let login = ContinuousClock.now - start
            try await guest.waitUntilSettled()
            if bench.wants(.start) {
                bench.add(login, to: "raw_first_command")
                bench.add(.now - start, to: "raw_settled")
                remarkOnRefusals(first.refused, of: "raw_first_command", round)
            }
            guard bench.wants(.reboot) else { return }
            let order = ContinuousClock.now
            try await guest.orderReboot()
            _ = try await guest.waitForLogin(otherThan: first.boot)
            bench.add(.now - order, to: "raw_reboot_login")
            try await guest.waitUntilSettled()
            bench.add(.now - order, to: "raw_reboot_settled")
        }
    }

    private func remarkOnRefusals(_ refused: Int, of name: String, _ round: Int) {
        guard refused > 2 else { return }
        bench.remark("\(name), round \(round): sshd refused \(refused) logins first, which may have delayed it")
    }

    private func ours(_ round: Int) async throws {
        let start = ContinuousClock.now
        let subject = try await run.subject(for: "cold-\(round)", from: .cold)
        let settled = ContinuousClock.now - start
        do {
            if bench.wants(.start), let login = await subject.machine.firstLogin {
                bench.add(login - start, to: "cold_first_command")
                bench.add(settled, to: "cold_settled")
            }
            if bench.wants(.reboot, .harness) { try await reboot(subject) }
            let runner = try SystemCommandRunner(
                logs: subject.folder.appending(path: "sizes"), environment: run.configuration.toolEnvironment)
            try await bench.measureSizes(
                [
                    "overlay of a machine": subject.machine.folder.overlay,
                    "folder of a machine": subject.machine.folder.url, "folder of a test": subject.folder,
                    "golden image": run.image.file,
                ], runner: runner)
        } catch {
            await subject.end(.survives)
            throw error
        }
        await subject.end(.survives)
    }

    private func reboot(_ subject: Subject) async throws {
        let before = ProcessUsage.current
        let start = ContinuousClock.now
        let proof = try await subject.machine.reboot()
        let total = ContinuousClock.now - start
        if bench.wants(.reboot) {
            bench.add(proof.upAfter, to: "reboot_proof_login")
            bench.add(total, to: "reboot_total")
        }
        guard bench.wants(.harness), let before, let after = ProcessUsage.current else { return }
        bench.note { report in
            report.harness["peak memory, MiB"] = after.peakMiB
            // The worst round counts.
            func keep(_ seconds: Double, _ name: String) {
                report.harness[name] = max(report.harness[name] ?? 0, 100 * seconds / total.inSeconds)
            }
            keep(after.own - before.own, "reboot: own processor time, % of a core")
            keep(after.children - before.children, "reboot: processor time of ssh and virsh, % of a core")
        }
    }
}
