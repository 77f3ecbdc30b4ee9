import Foundation

/// Finds out whether KVM works, by running something in it.
///
/// `/dev/kvm` being there and open to us proves nothing: on some hosts it exists and every guest dies in its firmware, on
/// an instruction that a BIOS with a small program never meets. So the machines' own firmware is started as a domain,
/// under the rights that libvirt gives, until it says on the serial port that it looks for something to boot.
public struct AcceleratorProof: Sendable {
    let virsh: Virsh
    let cache: URL
    let say: @Sendable (String) -> Void
    /// Without it, nothing runs in KVM whatever was found earlier.
    var device = URL(filePath: "/dev/kvm")

    /// - Parameters:
    ///   - cache: folder in which it is kept until the host's next boot that KVM works. That it doesn't is not: a module
    ///     may be loaded at any time, and another hypervisor that held the processor may end.
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
        /// What was run; a finding about less is made anew.
        let proof: String
    }

    private static let proof = "firmware"

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
            known.hostBoot == hostBoot, known.versions == versions, known.proof == Self.proof,
            known.accelerator == .kvm, FilePresence(of: device) == .there
        {
            return try announce(.kvm, because: "found earlier in this boot", versions: versions)
        }
        let proven = try await runs(type: "kvm", cpu: "host-passthrough")
        guard proven || wanted == "auto" else {
            throw HarnessTrouble(
                "KVM", why: "a machine's firmware did not run in it",
                fix:
                    "switch on virtualisation in the firmware's set-up, check the rights of /dev/kvm, or unset BOMA_IT_ACCEL"
            )
        }
        guard proven else {
            return try announce(.tcg, because: "a machine's firmware did not run in KVM", versions: versions)
        }
        let finding = Finding(hostBoot: hostBoot, versions: versions, accelerator: .kvm, proof: Self.proof)
        try JSONEncoder().encode(finding).write(to: file, options: .atomic)
        return try announce(.kvm, because: "a machine's firmware ran in it", versions: versions)
    }

    private func announce(_ accelerator: Accelerator, because reason: String, versions: String) throws -> Accelerator {
        guard accelerator == .tcg else {
            say("accelerator: KVM (\(reason))")
            return .kvm
        }
        if let major = Self.qemuMajor(in: versions), major < 8 {
            throw HarnessTrouble(
                "emulation", why: "QEMU \(major) makes current kernels panic when it emulates (cmpxchg16b)",
                fix:
                    "install QEMU 8 or newer (make setup does, from backports on Debian 12), or use a control host with KVM"
            )
        }
        say(
            "accelerator: TCG EMULATION, about ten times slower than KVM, with longer deadlines (\(reason))"
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
        // Put it among the machines, with our mark: the reaper then finds what an interrupted proof leaves.
        let folder = cache.appending(path: "machines").appending(path: name)
        try createSharedFolder(folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Write the record first: others leave alone a folder that names a living owner.
        let record = MachineRecord(
            name: name, run: "proof", subject: "proof", owner: .current, created: Date(), address: "", mac: "",
            backing: "", evidence: folder.path)
        try record.write(in: folder)
        let serial = folder.appending(path: "serial.log")
        // Create the file first: virtlogd, which is root, would create one that only root can read.
        try Data().write(to: serial)

        let definition = folder.appending(path: "domain.xml")
        let xml = """
            <domain type='\(type)'>
              <name>\(name)</name><memory unit='MiB'>256</memory><vcpu>2</vcpu>
              <os><type arch='x86_64' machine='q35'>hvm</type>
                <loader readonly='yes' type='pflash' stateless='yes'>\(UEFI.code)</loader></os>
              <features><acpi/></features><cpu mode='\(cpu)'/><on_crash>destroy</on_crash>
              <devices>
                <serial type='file'><source path='\(serial.path)' append='on'/></serial>
                <controller type='usb' model='none'/>
              </devices>
            </domain>
            """
        try DomainMark(record, folder: folder).marking(xml, accelerator: .kvm)
            .write(to: definition, atomically: true, encoding: .utf8)
        // libvirt may look at QEMU anew first, which took 96 s where KVM was there and did not run; that is no sign of death.
        guard try await virsh.run(["create", definition.path], limit: .seconds(300)).succeeded else { return false }
        let wait = Wait(
            for: "a sign of life from the test machine", limit: .seconds(60), hint: "\(type) does not work here")
        var spoke = false
        do {
            spoke = try await wait.until {
                // A file that can't be read says nothing about the accelerator: that ends the run.
                let text = String(decoding: try Data(contentsOf: serial), as: UTF8.self)
                if text.contains(Self.word) { return .done(true) }
                // It has ended, or KVM has stopped it: nothing more will come.
                let state = try await virsh.stateWithReason(of: name)
                return state?.hasPrefix("running") == true ? .notYet("\(text.count) characters") : .done(false)
            }
        } catch is WaitError {}
        _ = try await virsh.run(["destroy", name])
        return spoke
    }

    /// Of the firmware's part that chooses what to boot (edk2, BdsDxe).
    private static let word = "BdsDxe"
}
