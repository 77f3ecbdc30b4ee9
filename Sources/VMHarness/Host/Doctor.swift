import Foundation

/// Looks at everything that a run needs of the control host, whatever else is missing.
public struct Doctor: Sendable {
    private let configuration: HarnessConfiguration
    private let runner: any CommandRunner
    private let virsh: Virsh
    private let prerequisites: Prerequisites
    /// Age at which a golden image is worth a warning: every run would first fetch what Debian has updated since.
    static let oldImageDays = 60

    /// What the safety invariants need, told whether libvirt answers.
    private let isolation: @Sendable (Bool) async -> [Finding]

    /// Looks at this machine.
    ///
    /// - Parameter isolation: looks at what the safety invariants need, told whether libvirt answers; see
    ///   ``IsolationFindings``.
    public init(
        configuration: HarnessConfiguration, runner: any CommandRunner,
        isolation: @escaping @Sendable (_ libvirtAnswers: Bool) async -> [Finding]
    ) {
        self.configuration = configuration
        self.isolation = isolation
        self.runner = runner
        virsh = Virsh(runner: runner, uri: configuration.host.libvirtURI)
        prerequisites = Prerequisites(virsh: virsh, path: configuration.toolEnvironment["PATH"] ?? "")
    }

    /// All findings, in the order in which one would repair them.
    public func examine() async -> [Finding] {
        var findings = tools() + firmware()
        let versions = try? await prerequisites.versions()
        findings.append(await libvirt())
        findings.append(await group(libvirtAnswers: versions != nil))
        findings += await cache()
        if let versions { findings += await accelerator(versions) }
        findings += await resources(libvirtAnswers: versions != nil)
        findings += await isolation(versions != nil)
        findings.append(await image())
        findings.append(await ansible())
        return findings
    }

    /// Each tool, with the package that brings it.
    private func tools() -> [Finding] {
        Prerequisites.tools.map { tool in
            if let place = prerequisites.locate(tool) { return Finding(tool, .ok, place) }
            let package = Prerequisites.packages[tool] ?? tool
            return Finding(tool, .missing, "not installed", fix: "boma-it doctor --fix, or: apt install \(package)")
        }
            + Prerequisites.optional.map { tool, package, purpose in
                if let place = prerequisites.locate(tool) { return Finding(tool, .ok, place) }
                return Finding(
                    tool, .warning, "not installed; needed only \(purpose)",
                    fix: "boma-it doctor --fix, or: apt install \(package)")
            }
    }

    private func firmware() -> [Finding] {
        Prerequisites.firmware.map { file in
            if FileManager.default.isReadableFile(atPath: file) { return Finding("UEFI firmware", .ok, file) }
            return Finding("UEFI firmware", .missing, "no \(file)", fix: "boma-it doctor --fix, or: apt install ovmf")
        }
    }

    private func libvirt() async -> Finding {
        await Finding.looking("libvirt") {
            let lines = try await prerequisites.versions().lines
            let known = lines.filter { $0.hasPrefix("Running") }.compactMap { $0.split(separator: ":").last }
            return known.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: ", ")
        }
    }

    private func group(libvirtAnswers: Bool) async -> Finding {
        let name = "group libvirt"
        let now = (try? await runner.run(Command("id", ["-Gn"])).output) ?? ""
        let user = NSUserName()
        if user == "root" { return Finding(name, .ok, "root needs no group") }
        if now.split(whereSeparator: \.isWhitespace).contains("libvirt") {
            return Finding(name, .ok, "\(user) is a member")
        }
        if libvirtAnswers { return Finding(name, .ok, "\(user) is not a member, but libvirt answers") }
        let later = (try? await runner.run(Command("id", ["-Gn", user])).output) ?? ""
        let isNew = later.split(whereSeparator: \.isWhitespace).contains("libvirt")
        return Finding(
            name, .missing, isNew ? "\(user) became a member after this login" : "\(user) is not a member",
            fix: isNew ? "log in anew" : "as root: usermod -aG libvirt \(user); then log in anew")
    }

    /// Whether the cache can be written, and its files be lent to QEMU's user.
    private func cache() async -> [Finding] {
        let file = configuration.cache.appending(path: "doctor-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            try createSharedFolder(configuration.cache)
            try Data().write(to: file)
        } catch {
            let fix = "boma-it doctor --fix, or set BOMA_IT_CACHE to a folder of yours"
            return [Finding("cache", .missing, "\(configuration.cache.path) can't be written", fix: fix)]
        }
        let lists = await Finding.looking("access lists") {
            try await FileTools(runner: runner).grant("r", on: [file], toUser: 65534)
            return "the file system of the cache supports them"
        }
        return [Finding("cache", .ok, configuration.cache.path), lists]
    }

    /// KVM, and whether QEMU would do without it.
    private func accelerator(_ versions: String) async -> [Finding] {
        let major = AcceleratorProof.qemuMajor(in: versions) ?? 0
        let upgrade = "boma-it doctor --fix installs QEMU 8 or newer, from backports on Debian 12"
        let emulation =
            major >= 8
            ? Finding("QEMU for emulation", .ok, "\(major)")
            : Finding(
                "QEMU for emulation", .warning, "QEMU \(major) makes current kernels panic without KVM", fix: upgrade)
        guard configuration.host.accelerator != "tcg" else {
            return [Finding("KVM", .warning, "not used: BOMA_IT_ACCEL=tcg", fix: "unset BOMA_IT_ACCEL"), emulation]
        }
        do {
            let found = try await AcceleratorProof(virsh: virsh, cache: configuration.cache, say: { _ in })
                .accelerator(wanted: configuration.host.accelerator, versions: versions)
            guard found == .tcg else {
                return [Finding("KVM", .ok, "proven: a machine's firmware ran in it"), emulation]
            }
            let slow = Finding(
                "KVM", .warning,
                "a machine's firmware did not run in it; machines are emulated, about ten times slower",
                fix: "switch on virtualisation in the firmware's set-up, and check the rights of /dev/kvm")
            return [slow, emulation]
        } catch {
            let kvm = Finding("KVM", error)
            // Without KVM, and with a QEMU that can't emulate, no machine runs.
            return [kvm, Finding(emulation.name, major >= 8 ? .ok : .missing, emulation.detail, fix: emulation.fix)]
        }
    }

    private func resources(libvirtAnswers: Bool) async -> [Finding] {
        let guardian = ResourceGuard(virsh: virsh, configuration: configuration)
        let size = Profile.Size()
        var findings = [
            await Finding.looking("disk") {
                let free = try await guardian.checkDisk(asksLibvirt: libvirtAnswers)
                return "\(free) MiB free in \(configuration.cache.path)"
            }
        ]
        guard libvirtAnswers else { return findings }
        findings.append(
            await Finding.looking("memory") {
                "\(try await guardian.checkMemory(for: size)) MiB free and not promised to a running virtual machine"
            })
        return findings
    }

    private func image() async -> Finding {
        let store = GoldenImageStore(configuration: configuration, runner: runner, say: { _ in })
        guard let image = try? store.known() else {
            return Finding(
                "golden image", .warning, "none yet; the first run downloads or builds it",
                fix: "boma-it golden pull, or boma-it golden build")
        }
        let days = Int(Date().timeIntervalSince(image.provenance.created) / 86400)
        let detail = "\(image.file.lastPathComponent), \(days) days old"
        guard days > Self.oldImageDays else { return Finding("golden image", .ok, detail) }
        return Finding("golden image", .warning, detail, fix: "boma-it golden pull, or boma-it golden build")
    }

    private func ansible() async -> Finding {
        await Finding.looking("Ansible") {
            let text = try await runner.run(Command("ansible", ["--version"])).requireSuccess("asking Ansible").output
            return text.lines.first ?? "no version"
        }
    }
}
