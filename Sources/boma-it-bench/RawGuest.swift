import Foundation
import VMHarness

/// The same guest in a plain QEMU, driven as a script would: what the harness is compared with.
struct RawGuest: Sendable {
    /// Folder of everything of it; gone with it.
    let folder: URL
    /// Folder for the console and the logs of commands.
    let evidence: URL
    /// Port of 127.0.0.1 that leads to the guest's sshd.
    let port: Int
    let size: Profile.Size
    let accelerator: Accelerator
    let timeFactor: Double
    let runner: any CommandRunner

    private var overlay: URL { folder.appending(path: "overlay.qcow2") }
    private var seed: URL { folder.appending(path: "seed.img") }
    private var firmware: URL { folder.appending(path: "vars.fd") }
    private var pidFile: URL { folder.appending(path: "qemu.pid") }
    private var sshConfig: URL { folder.appending(path: "ssh_config") }
    private var identity: URL { folder.appending(path: "id_ed25519") }
    private var knownHosts: URL { folder.appending(path: "known_hosts") }

    // MARK: - Its files

    /// Makes keys, seed, overlay and firmware variables.
    func prepare(over image: URL) async throws {
        let hostKey = folder.appending(path: "ssh_host_ed25519_key")
        let files = FileTools(runner: runner)
        try await files.makeKeyPair(identity, comment: "boma-it-bench")
        try await files.makeKeyPair(hostKey, comment: "raw")
        func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }
        let publicHostKey = try text(hostKey.appendingPathExtension("pub")).split(separator: " ").prefix(2)
            .joined(separator: " ")
        let content = Seed(
            host: HostName("raw"), instance: folder.lastPathComponent, user: size.user,
            publicKey: try text(identity.appendingPathExtension("pub")).trimmingCharacters(in: .newlines),
            hostKeys: [.init(type: "ed25519", privateKey: try text(hostKey), publicKey: publicHostKey)])
        let userData = folder.appending(path: "user-data")
        let metaData = folder.appending(path: "meta-data")
        try content.userData().write(to: userData)
        try content.metaData().write(to: metaData)
        let disks = DiskTools(runner: runner)
        try await disks.createSeed(seed, userData: userData, metaData: metaData)
        try await disks.createOverlay(overlay, over: image, gibibytes: size.diskGiB)
        try FileManager.default.copyItem(atPath: UEFI.variables, toPath: firmware.path)
        try "[127.0.0.1]:\(port) \(publicHostKey)\n".write(to: knownHosts, atomically: true, encoding: .utf8)
        try """
        Host raw
          HostName 127.0.0.1
          Port \(port)
          User \(size.user)
          IdentityFile \(identity.path)
          IdentitiesOnly yes
          IdentityAgent none
          UserKnownHostsFile \(knownHosts.path)
          GlobalKnownHostsFile /dev/null
          StrictHostKeyChecking yes
          BatchMode yes
          ConnectTimeout 10
          LogLevel ERROR

        """.write(to: sshConfig, atomically: true, encoding: .utf8)
    }

    // MARK: - Its process

    /// QEMU's arguments: the devices that the harness gives a machine, on a network that needs no libvirt.
    var arguments: [String] {
        let isEmulated = accelerator == .tcg
        return [
            "-nodefaults", "-machine", "q35", "-accel", isEmulated ? "tcg,thread=multi,tb-size=1024" : "kvm",
            "-cpu", isEmulated ? "max" : "host", "-smp", "\(size.vcpus)", "-m", "\(size.memoryMiB)",
            "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=\(UEFI.code)",
            "-drive", "if=pflash,unit=1,format=raw,file=\(firmware.path)",
            "-drive", "if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap,file=\(overlay.path)",
            "-device", "virtio-blk-pci,drive=disk,bootindex=1",
            "-drive", "if=none,id=seed,format=raw,readonly=on,file=\(seed.path)",
            "-device", "virtio-blk-pci,drive=seed",
            "-netdev", "user,id=net0,hostfwd=tcp:127.0.0.1:\(port)-:22", "-device", "virtio-net-pci,netdev=net0",
            "-device", "virtio-rng-pci", "-display", "none",
            "-serial", "file:\(evidence.appending(path: "console.log").path)", "-pidfile", pidFile.path,
        ]
    }

    /// Runs QEMU while `work` goes on, and ends it then, however that ends.
    func run(_ work: () async throws -> Void) async throws {
        let process = Task { try await runner.run(Command("qemu-system-x86_64", arguments, limit: .seconds(86_400))) }
        let undo = Interruption.shared.add {
            process.cancel()
            _ = await process.result
        }
        defer { Interruption.shared.remove(undo) }
        do {
            try await work()
        } catch {
            process.cancel()
            switch await process.result {
            case .success(let result):
                throw HarnessTrouble(
                    "the plain QEMU",
                    why: "ended: \(printable(result.errorOutput.split(separator: "\n").last ?? "no reason given"))",
                    fix: "see \(evidence.path)")
            case .failure(let failure as MissingToolError): throw failure
            case .failure: throw error
            }
        }
        process.cancel()
        _ = await process.result
    }

    // MARK: - Its guest

    /// Waits for a login in another boot than the given one.
    ///
    /// - Returns: the id of that boot, and how many logins failed after sshd had answered.
    func waitForLogin(otherThan boot: String = "") async throws -> (boot: String, refused: Int) {
        // A forwarded port takes every connection, so only sshd's first words show that the guest is there.
        let script = #"""
            unborn=0 refused=0
            while :; do
                if [ -s "$3" ]; then kill -0 "$(cat "$3")" 2>/dev/null || exit 3; else unborn=$((unborn + 1)); fi
                [ "$unborn" -lt 100 ] || exit 3
                banner=$(timeout 2 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && head -c 4 <&3' - "$1" 2>/dev/null)
                if [ "$banner" = SSH- ]; then
                    id=$(timeout "$5" ssh -F "$2" raw cat /proc/sys/kernel/random/boot_id 2>/dev/null)
                    if [ -n "$id" ] && [ "$id" != "$4" ]; then echo "$id $refused"; exit 0; fi
                    # More often, and sshd would count it as an attack (sshd_config(5), PerSourcePenalties).
                    [ -n "$id" ] || { refused=$((refused + 1)); sleep 0.8; }
                fi
                sleep 0.2
            done
            """#
        let answer = try await runner.run(
            Command(
                "bash", ["-c", script, "-", "\(port)", sshConfig.path, pidFile.path, boot, "\(2 * timeFactor)"],
                limit: .seconds(90 * timeFactor))
        ).requireSuccess("waiting for a login to the plain QEMU", hint: "see \(evidence.path)/console.log").output
        let words = answer.split(whereSeparator: \.isWhitespace).map(String.init)
        return (words.first ?? "", words.count > 1 ? Int(words[1]) ?? 0 : 0)
    }

    /// Waits for cloud-init and systemd, as the harness does.
    func waitUntilSettled() async throws {
        let result = try await ssh(
            "sudo bash -c 'cloud-init status --wait >/dev/null; code=$?; systemctl is-system-running --wait; exit $code'",
            seconds: 60)
        // 2 is cloud-init's "done with recoverable errors".
        guard result.ending != .exited(2) else { return }
        try result.requireSuccess("waiting until the plain QEMU's guest has settled")
    }

    /// Orders a reboot.
    func orderReboot() async throws {
        let result = try await ssh("sudo systemctl reboot", seconds: 10)
        // 255 is how ssh says that the connection broke, which a reboot may well do to it.
        guard result.ending != .exited(255) else { return }
        try result.requireSuccess("ordering the plain QEMU's reboot")
    }

    private func ssh(_ command: String, seconds: Double) async throws -> CommandResult {
        try await runner.run(
            Command("ssh", ["-F", sshConfig.path, "raw", command], limit: .seconds(seconds * timeFactor)))
    }

    /// A TCP port of 127.0.0.1 that nobody uses now.
    static func freePort(runner: any CommandRunner) async throws -> Int {
        let program = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
        let answer = try await runner.run(Command("python3", ["-c", program])).requireSuccess("finding a free port")
        return Int(answer.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }
}
