import Foundation

/// Makes a machine: overlay, seed, keys, definition, start. What was made is removed again when a step fails.
public struct MachineBuilder: Sendable {
    /// libvirt.
    public let virsh: Virsh
    /// Runs the tools.
    public let runner: any CommandRunner
    /// Image cache and settings.
    public let configuration: HarnessConfiguration
    /// How the guest will run.
    public let accelerator: Accelerator
    /// Is told what is going on.
    public let say: @Sendable (String) -> Void

    /// Collects what is needed to make machines.
    public init(
        virsh: Virsh, runner: any CommandRunner, configuration: HarnessConfiguration, accelerator: Accelerator,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.virsh = virsh
        self.runner = runner
        self.configuration = configuration
        self.accelerator = accelerator
        self.say = say
    }

    /// Folder of all machines of this user.
    public static func machines(in configuration: HarnessConfiguration) -> URL {
        configuration.cache.appending(path: "machines")
    }

    /// Makes and starts a machine; it is not booted yet when this returns.
    ///
    /// - Parameters:
    ///   - backing: image that the overlay lies over: the golden image or a layer.
    ///   - console: file that gets the serial console.
    ///   - run: id of the run.
    /// - Throws: whatever a tool's failure is; nothing stays defined or on disk then.
    public func start(_ profile: Profile, over backing: URL, console: URL, run: String) async throws -> Machine {
        let machines = Self.machines(in: configuration)
        try createSharedFolder(machines)
        let slot = try await freeSlot()
        let network = IsolatedNetwork(virsh: virsh, runner: runner, subnet: configuration.subnet)
        let name = "boma-it-\(profile.subject)-\(UUID().uuidString.prefix(8).lowercased())"
        let folder = MachineFolder(url: machines.appending(path: name))
        let record = MachineRecord(
            name: name, run: run, subject: profile.subject, owner: .current, created: Date(),
            address: network.address(slot: slot), backing: backing.path,
            evidence: console.deletingLastPathComponent().path)
        let machine = Machine(
            record: record, folder: folder, virsh: virsh, runner: runner,
            timeFactor: configuration.timeFactor ?? accelerator.timeFactor, say: say)
        do {
            try createSharedFolder(folder.url)
            try record.write(in: folder.url)
            let qemu = try await qemuUser()
            try await makeDisks(
                folder, profile: profile, backing: backing, name: name, address: record.address, qemu: qemu)
            // Made beforehand, so that it stays readable for us: virtlogd runs as root and would make it for itself.
            try Data().write(to: console)
            try await define(folder, profile: profile, name: name, console: console, slot: slot, qemu: qemu)
            try await virsh.run(["start", name], limit: .seconds(300)).requireSuccess("starting \(name)")
        } catch {
            await machine.destroy()
            throw error
        }
        say("machine: \(name) started (\(record.address))")
        return machine
    }

    private func makeDisks(
        _ folder: MachineFolder, profile: Profile, backing: URL, name: String, address: String, qemu: Int
    )
        async throws
    {
        let files = FileTools(runner: runner)
        try await files.makeKeyPair(folder.identity, comment: name)
        try await files.makeKeyPair(folder.hostKey, comment: profile.subject)
        func read(_ file: URL, suffix: String = "") throws -> String {
            try String(contentsOfFile: file.path + suffix, encoding: .utf8)
        }
        let hostKey = try read(folder.hostKey, suffix: ".pub").split(separator: " ").prefix(2).joined(separator: " ")
        try "\(address) \(hostKey)\n".write(to: folder.knownHosts, atomically: true, encoding: .utf8)
        let seed = Seed(
            hostname: profile.subject, instance: name, user: profile.size.user,
            publicKey: try read(folder.identity, suffix: ".pub").trimmingCharacters(in: .newlines),
            hostPrivateKey: try read(folder.hostKey), hostPublicKey: hostKey)
        let userData = folder.url.appending(path: "user-data")
        let metaData = folder.url.appending(path: "meta-data")
        FileManager.default.createFile(userData, try seed.userData())
        FileManager.default.createFile(metaData, seed.metaData())
        let disks = DiskTools(runner: runner)
        try await disks.createSeed(folder.seed, userData: userData, metaData: metaData)
        // The seed holds the guest's private host key; these two copies of it have done their work.
        for file in [userData, folder.hostKey] { try FileManager.default.removeItem(at: file) }
        try await disks.createOverlay(folder.overlay, over: backing, gibibytes: profile.size.diskGiB)
        try FileManager.default.copyItem(atPath: UEFI.variables, toPath: folder.nvram.path)
        for file in [folder.seed, folder.overlay, folder.nvram] {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
        try await files.grant("rw", on: [folder.overlay, folder.nvram], toUser: qemu)
        try await files.grant("r", on: [folder.seed], toUser: qemu)

        // Socket paths are limited to about 100 bytes, so the socket does not lie in the machine's folder.
        let control = FileManager.default.temporaryDirectory.appending(path: "\(name).ssh")
        try SSHConfig(
            host: profile.subject, address: address, user: profile.size.user, identityFile: folder.identity,
            knownHostsFile: folder.knownHosts, controlPath: control.path
        ).text.write(to: folder.sshConfig, atomically: true, encoding: .utf8)
    }

    private func define(_ folder: MachineFolder, profile: Profile, name: String, console: URL, slot: Int, qemu: Int)
        async throws
    {
        let xml = try await VirtInstall(runner: runner, uri: virsh.uri).domainXML(
            VirtInstall.Options(
                name: name, type: accelerator.domainType, cpu: accelerator.cpu, vcpus: profile.size.vcpus,
                memoryMiB: profile.size.memoryMiB, disk: folder.overlay, seed: folder.seed, nvram: folder.nvram,
                console: console, network: IsolatedNetwork.name, mac: IsolatedNetwork.mac(slot: slot),
                owner: "+\(qemu):+\(qemu)"))
        try DomainMark.mark(xml, folder: folder.url, accelerator: accelerator)
            .write(to: folder.definition, atomically: true, encoding: .utf8)
        // libvirt may look at QEMU anew first, which takes long under emulation.
        try await virsh.run(["define", folder.definition.path], limit: .seconds(300)).requireSuccess("defining \(name)")
    }

    /// The first slot that no domain's card is in.
    private func freeSlot() async throws -> Int {
        var taken: Set<String> = []
        for domain in try await virsh.domainNames() where domain.hasPrefix("boma-it-") {
            taken.formUnion(
                try await virsh.run(["domiflist", domain]).output.lines.compactMap {
                    $0.split(separator: " ").last.map(String.init)
                })
        }
        guard let slot = IsolatedNetwork.slots.first(where: { !taken.contains(IsolatedNetwork.mac(slot: $0)) }) else {
            throw HarnessTrouble(
                "network \(IsolatedNetwork.name)", why: "all its addresses are used by kept machines",
                fix: "make test-integration-clean")
        }
        return slot
    }

    /// Number of the user that libvirt runs QEMU as, from its capabilities.
    private func qemuUser() async throws -> Int {
        let xml = try await virsh.run(["capabilities"]).requireSuccess("reading libvirt's capabilities").output
        guard let label = xml.range(of: #"<baselabel type='kvm'>\+\d+:\+\d+<"#, options: .regularExpression),
            let user = Int(xml[label].drop { $0 != "+" }.dropFirst().prefix { $0.isNumber })
        else {
            throw HarnessTrouble(
                "libvirt at \(virsh.uri)", why: "does not say which user runs QEMU",
                fix: "use a system libvirt (qemu:///system) with its usual security drivers")
        }
        return user
    }
}

extension FileManager {
    /// Writes a file that only its owner can read, from its first byte on.
    func createFile(_ file: URL, _ content: Data) {
        _ = createFile(atPath: file.path, contents: content, attributes: [.posixPermissions: 0o600])
    }
}
