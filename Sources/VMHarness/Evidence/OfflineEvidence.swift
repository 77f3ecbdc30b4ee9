import Foundation

/// The last layer: what lies on the disk of a guest that answers nobody.
struct OfflineEvidence {
    let machine: Machine
    let runner: any CommandRunner
    let folder: URL

    /// Files that say why a guest does not come up; no secrets among them.
    private static let files = [
        "/etc/fstab", "/etc/nftables.conf", "/etc/ssh/sshd_config", "/etc/hosts", "/var/log/cloud-init.log",
        "/var/log/cloud-init-output.log",
    ]

    /// Also when the time is over: a guest that is kept must not stand still.
    private func resume(_ name: String) async {
        let virsh = machine.virsh
        await Task { _ = try? await virsh.run(["resume", name], limit: .seconds(5)) }.value
    }

    /// Reads the journal and some files. The guest stands still meanwhile, so that its disk is all of a piece.
    func collect(scratch: URL, limit: Duration) async throws {
        let deadline = Deadline(after: limit)
        func left() -> Duration { max(deadline.remaining, .seconds(1)) }
        let name = await machine.record.name
        let paused = try await machine.virsh.run(["suspend", name], limit: min(.seconds(5), left())).succeeded
        let disk: OfflineDisk
        do {
            disk = try await OfflineDisk(machine.folder.overlay, scratch: scratch, runner: runner, limit: left())
        } catch {
            if paused { await resume(name) }
            throw error
        }
        if paused { await resume(name) }

        let offline = folder.appending(path: "offline")
        let journal = scratch.appending(path: "journal")
        for new in [offline, journal] {
            try FileManager.default.createDirectory(at: new, withIntermediateDirectories: true)
        }
        var wanted: [String: URL] = [:]
        for file in Self.files {
            wanted[file] = offline.appending(path: file.dropFirst().replacingOccurrences(of: "/", with: "-"))
        }
        for machineID in try await disk.entries(of: "/var/log/journal", limit: left()) where machineID.isFolder {
            let all = try await disk.entries(of: "/var/log/journal/\(machineID.name)", limit: left())
            for (number, file) in all.filter({ $0.name.hasPrefix("system") && !$0.isFolder }).prefix(50).enumerated() {
                wanted["<\(file.inode)>"] = journal.appending(path: "\(machineID.inode)-\(number).journal")
            }
        }
        try await disk.dump(wanted, limit: left())

        for file in Self.files {
            guard let copy = wanted[file], let text = try? Data(contentsOf: copy) else { continue }
            try EvidenceScript.write(
                String(decoding: text.prefix(EvidenceScript.largestFile), as: UTF8.self), as: copy.lastPathComponent,
                in: offline)
        }

        for (file, arguments) in [
            ("boots.txt", ["--list-boots"]), ("journal.txt", ["-b", "0", "-n", "5000"]),
            ("journal-previous-boot.txt", ["-b", "-1", "-n", "3000"]),
        ] {
            let result = try await runner.run(
                Command(
                    "journalctl", ["--directory", journal.path, "--no-pager", "--quiet"] + arguments, limit: left()))
            guard !result.output.isEmpty else { continue }
            try EvidenceScript.write(result.output, as: file, in: folder)
        }
    }
}
