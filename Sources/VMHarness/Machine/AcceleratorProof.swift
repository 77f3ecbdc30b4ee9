import Foundation

/// Finds out whether KVM works, by running something in it.
///
/// `/dev/kvm` being there and open to us proves nothing: on some hosts it exists and every guest dies in its firmware.
/// So a boot sector that writes a word to the serial port is started as a domain, under the rights that libvirt gives.
public struct AcceleratorProof: Sendable {
    let virsh: Virsh
    let cache: URL
    let say: @Sendable (String) -> Void

    /// - Parameters:
    ///   - cache: folder in which the answer is kept until the host's next boot.
    ///   - say: is told which accelerator was chosen, and why.
    public init(virsh: Virsh, cache: URL, say: @escaping @Sendable (String) -> Void) {
        self.virsh = virsh
        self.cache = cache
        self.say = say
    }

    private struct Finding: Codable {
        let hostBoot: String
        let versions: String
        let accelerator: Accelerator
    }

    /// Returns KVM when it has been proven since the host's last boot, else emulation.
    ///
    /// - Parameter wanted: `auto`, `kvm` or `tcg`.
    /// - Throws: ``HarnessTrouble`` when KVM was asked for and doesn't work, or when emulation is too old.
    public func accelerator(wanted: String, versions: String) async throws -> Accelerator {
        if wanted == "tcg" { return try announce(.tcg, because: "BOMA_IT_ACCEL=tcg", versions: versions) }
        let hostBoot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let file = cache.appending(path: "accelerator.json")
        if wanted == "auto", let data = try? Data(contentsOf: file),
            let known = try? JSONDecoder().decode(Finding.self, from: data),
            known.hostBoot == hostBoot, known.versions == versions
        {
            return try announce(
                known.accelerator, because: "found earlier on this boot of the host", versions: versions)
        }
        let proven = try await runs(type: "kvm", cpu: "host-passthrough")
        guard proven || wanted == "auto" else {
            throw HarnessTrouble(
                "KVM", why: "a test domain did not run in it",
                fix: "check virtualisation in the firmware's set-up and the rights of /dev/kvm, or unset BOMA_IT_ACCEL")
        }
        let found: Accelerator = proven ? .kvm : .tcg
        let finding = Finding(hostBoot: hostBoot, versions: versions, accelerator: found)
        try JSONEncoder().encode(finding).write(to: file, options: .atomic)
        return try announce(
            found, because: proven ? "a test domain ran in it" : "a test domain did not run in KVM", versions: versions)
    }

    private func announce(_ accelerator: Accelerator, because reason: String, versions: String) throws -> Accelerator {
        guard accelerator == .tcg else {
            say("accelerator: KVM (\(reason))")
            return .kvm
        }
        if let major = Self.qemuMajor(in: versions), major < 8 {
            throw HarnessTrouble(
                "emulation", why: "QEMU \(major)'s emulation panics current guest kernels (cmpxchg16b)",
                fix: "install QEMU 8 or newer (make setup takes it from backports on Debian 12), or use a host with KVM"
            )
        }
        say(
            "accelerator: TCG EMULATION, about ten times slower than KVM; every deadline is ten times longer (\(reason))"
        )
        return .tcg
    }

    static func qemuMajor(in versions: String) -> Int? {
        guard let line = versions.lines.first(where: { $0.hasPrefix("Running hypervisor:") }),
            let number = line.split(separator: " ").last
        else { return nil }
        return number.split(separator: ".").first.flatMap { Int($0) }
    }

    /// Whether a domain of this type gets as far as writing to its serial port.
    public func runs(type: String, cpu: String) async throws -> Bool {
        let name = "boma-it-proof-\(UUID().uuidString.prefix(8).lowercased())"
        // Among the machines and with our mark, so that the reaper finds what an interrupted proof leaves.
        let folder = cache.appending(path: "machines").appending(path: name)
        try createSharedFolder(folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Written first: a folder that names its living owner is left alone by others.
        let record = MachineRecord(
            name: name, run: "proof", subject: "proof", owner: .current, created: Date(), address: "", mac: "",
            backing: "", evidence: folder.path)
        try record.write(in: folder)
        let disk = folder.appending(path: "boot.img")
        // Padded to a mebibyte: the firmware reads no disk of a single sector.
        try (Self.bootSector + Data(count: 1 << 20)).write(to: disk)
        // QEMU's user reads it, whatever our umask is.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: disk.path)
        let serial = folder.appending(path: "serial.log")
        // Made beforehand and appended to, so that it stays ours: virtlogd, which is root, would make it for itself.
        try Data().write(to: serial)

        let definition = folder.appending(path: "domain.xml")
        let xml = """
            <domain type='\(type)'>
              <name>\(name)</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
              <os><type arch='x86_64' machine='q35'>hvm</type><boot dev='hd'/></os>
              <features><acpi/></features><cpu mode='\(cpu)'/><on_crash>destroy</on_crash>
              <devices>
                <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(disk.path)'>
                  <seclabel model='dac' relabel='no'/></source><target dev='vda' bus='virtio'/><readonly/></disk>
                <serial type='file'><source path='\(serial.path)' append='on'/></serial>
                <controller type='usb' model='none'/>
              </devices>
            </domain>
            """
        try DomainMark(record, folder: folder).marking(xml, accelerator: .kvm)
            .write(to: definition, atomically: true, encoding: .utf8)
        guard try await virsh.run(["create", definition.path]).succeeded else { return false }
        let wait = Wait(for: "a word from the test domain", limit: .seconds(15), hint: "no \(type) here")
        var spoke = false
        do {
            try await wait.until {
                // A file that can't be read says nothing about the accelerator: that ends the run.
                let text = String(decoding: try Data(contentsOf: serial), as: UTF8.self)
                return text.contains(Self.word) ? .done(()) : WaitStep.notYet("\(text.count) characters")
            }
            spoke = true
        } catch is WaitError {}
        _ = try await virsh.run(["destroy", name])
        return spoke
    }

    private static let word = "boma-it runs"

    /// Real-mode code that writes ``word`` to the first serial port and halts.
    static var bootSector: Data {
        var code: [UInt8] = [
            0x31, 0xC0,  // xor ax, ax
            0x8E, 0xD8,  // mov ds, ax
            0xFC,  // cld
            0xBE, 0x16, 0x7C,  // mov si, 0x7c16 (the text, 22 bytes after the start)
            0xBA, 0xF8, 0x03,  // mov dx, 0x3f8
            0xAC,  // next: lodsb
            0x84, 0xC0,  // test al, al
            0x74, 0x03,  // jz end
            0xEE,  // out dx, al
            0xEB, 0xF8,  // jmp next
            0xF4,  // end: hlt
            0xEB, 0xFD,  // jmp end
        ]
        code += Array(word.utf8) + [0x0A, 0]
        code += [UInt8](repeating: 0, count: 510 - code.count) + [0x55, 0xAA]
        return Data(code)
    }
}
