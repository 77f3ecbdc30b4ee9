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
    ///   - backing: image that the overlay lies over: the golden image or a layer's disk.
    ///   - console: file that gets the serial console.
    ///   - run: id of the run.
    ///   - taken: addresses of cards that it must not have, beside those of other domains; given for a machine whose
    ///     memory will be kept in a layer.
    /// - Throws: whatever a tool's failure is; nothing stays defined or on disk then.
    public func start(
        _ profile: Profile, over backing: URL, console: URL, run: String, forLayerBeside taken: Set<String>? = nil
    ) async throws -> Machine {
        let slot = try await freeSlot(
            in: taken == nil ? IsolatedNetwork.coldSlots : IsolatedNetwork.warmSlots, taken: taken ?? [])
        let network = IsolatedNetwork(virsh: virsh, runner: runner, subnet: configuration.host.subnet)
        let name = "boma-it-\(HostName(profile.subject).label)-\(UUID().uuidString.prefix(8).lowercased())"
        let record = MachineRecord(
            name: name, run: run, subject: profile.subject, owner: .current, created: Date(),
            address: network.address(slot: slot), mac: IsolatedNetwork.mac(slot: slot), backing: backing.path,
            evidence: console.deletingLastPathComponent().path, user: profile.size.user)
        return try await making(record) { machine in
            let folder = machine.folder
            let qemu = try await qemuUser()
            try await makeKeys(record, in: folder)
            try await makeSeed(record, in: folder, user: profile.size.user)
            try await DiskTools(runner: runner).createOverlay(
                folder.overlay, over: backing, gibibytes: profile.size.diskGiB)
            try FileManager.default.copyItem(atPath: UEFI.variables, toPath: folder.nvram.path)
            try await handOver(folder, toUser: qemu)
            try writeSSHConfig(record, in: folder, user: profile.size.user)
            // Create the file first: virtlogd, which is root, would create one that only root can read.
            try Data().write(to: console)
            try await define(record, in: folder, profile: profile, console: console, qemu: qemu)
            try await virsh.run(["start", name], limit: .seconds(300)).requireSuccess("starting \(name)")
            say("machine: \(name) started (\(record.address))")
        }
    }

    /// The folder, the record in it, and what `steps` adds; all of it is removed again when they throw.
    func making(_ record: MachineRecord, steps: (Machine) async throws -> Void) async throws -> Machine {
        let machines = Self.machines(in: configuration)
        try createSharedFolder(machines)
        let folder = MachineFolder(url: machines.appending(path: record.name))
        guard !FileManager.default.fileExists(atPath: folder.url.path) else {
            throw MachineInTheWay(name: record.name)
        }
        let machine = Machine(
            record: record, folder: folder, virsh: virsh, runner: runner,
            accelerator: accelerator, timeFactor: configuration.host.timeFactor, say: say)
        do {
            try createSharedFolder(folder.url)
            try record.write(in: folder.url)
            await machine.beRemovedOnInterruption()
            try await steps(machine)
        } catch {
            await machine.destroy()
            throw error
        }
        return machine
    }

    /// The run's throw-away login, and host keys of all types that are known before the guest has them.
    func makeKeys(_ record: MachineRecord, in folder: MachineFolder) async throws {
        let files = FileTools(runner: runner)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await files.makeKeyPair(folder.identity, comment: record.name) }
            for type in Seed.HostKey.types {
                group.addTask {
                    try await files.makeKeyPair(folder.hostKey(type), type: type, comment: record.subject)
                }
            }
            try await group.waitForAll()
        }
        let secrets = [folder.identity] + Seed.HostKey.types.map(folder.hostKey)
        Redactor.shared.learn(try secrets.map { try String(contentsOf: $0, encoding: .utf8) })
        // All of them, so that a playbook may leave any.
        let known = try Seed.HostKey.types.map { "\(record.address) \(try publicHostKey($0, in: folder))\n" }
        try known.joined().write(to: folder.knownHosts, atomically: true, encoding: .utf8)
    }

    /// Type and key of a public host key of the guest, without its comment.
    func publicHostKey(_ type: String, in folder: MachineFolder) throws -> String {
        try String(contentsOf: folder.publicHostKey(type), encoding: .utf8).split(separator: " ").prefix(2)
            .joined(separator: " ")
    }

    private func makeSeed(_ record: MachineRecord, in folder: MachineFolder, user: String) async throws {
        let seed = Seed(
            host: HostName(record.subject), instance: record.name, user: user,
            publicKey: try String(contentsOf: folder.publicIdentity, encoding: .utf8)
                .trimmingCharacters(in: .newlines),
            hostKeys: try Seed.HostKey.types.map {
                Seed.HostKey(
                    type: $0, privateKey: try String(contentsOf: folder.hostKey($0), encoding: .utf8),
                    publicKey: try publicHostKey($0, in: folder))
            })
        let userData = folder.url.appending(path: "user-data")
        let metaData = folder.url.appending(path: "meta-data")
        try PrivateFile.write(seed.userData(), to: userData)
        try PrivateFile.write(seed.metaData(), to: metaData)
        try await DiskTools(runner: runner).createSeed(folder.seed, userData: userData, metaData: metaData)
        // The seed holds the private host keys now; these copies are no longer needed.
        for file in [userData] + Seed.HostKey.types.map(folder.hostKey) { try FileManager.default.removeItem(at: file) }
    }

    /// Lets QEMU's user, and nobody else but us, use the machine's disks.
    func handOver(_ folder: MachineFolder, toUser qemu: Int) async throws {
        for file in [folder.seed, folder.overlay, folder.nvram] {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
        let files = FileTools(runner: runner)
        try await files.grant("rw", on: [folder.overlay, folder.nvram], toUser: qemu)
        try await files.grant("r", on: [folder.seed], toUser: qemu)
    }

    func writeSSHConfig(_ record: MachineRecord, in folder: MachineFolder, user: String) throws {
        try MachineFolder.makeSockets()
        let control = MachineFolder.controlSocket(of: record.name)
        try SSHConfig(
            host: record.subject, address: record.address, user: user, identityFile: folder.identity,
            knownHostsFile: folder.knownHosts, controlPath: control.path, port: record.sshPort ?? 22
        ).text.write(to: folder.sshConfig, atomically: true, encoding: .utf8)
    }

    private func define(
        _ record: MachineRecord, in folder: MachineFolder, profile: Profile, console: URL, qemu: Int
    ) async throws {
        let xml = try await VirtInstall(runner: runner, uri: virsh.uri).domainXML(
            options(record, in: folder, profile: profile, console: console, qemu: qemu))
        try DomainMark(record, folder: folder.url).marking(xml, accelerator: accelerator)
            .write(to: folder.definition, atomically: true, encoding: .utf8)
        // libvirt may look at QEMU anew first, which takes long under emulation.
        try await virsh.run(["define", folder.definition.path], limit: .seconds(300))
            .requireSuccess("defining \(record.name)")
    }

    /// Everything that the harness itself gives a machine, as text: part of what a layer depends on.
    public func formula(_ profile: Profile) throws -> String {
        let folder = MachineFolder(url: URL(filePath: "/machine"))
        let record = MachineRecord(
            name: "name", run: "run", subject: profile.subject,
            owner: ProcessIdentity(pid: 0, start: "", hostBoot: ""), created: .distantPast,
            address: configuration.host.subnet,
            mac: "mac", backing: "", evidence: "")
        let seed = Seed(
            host: HostName(record.subject), instance: record.name, user: profile.size.user, publicKey: "",
            hostKeys: Seed.HostKey.types.map { Seed.HostKey(type: $0, privateKey: "", publicKey: "") })
        let domain = VirtInstall.arguments(
            options(record, in: folder, profile: profile, console: folder.url, qemu: 0), uri: virsh.uri)
        return [
            domain.joined(separator: " "),
            try DomainMark(folder: folder.url).marking("<name></name></features>", accelerator: accelerator),
            String(decoding: try seed.userData(), as: UTF8.self),
            String(decoding: PackageResources.renew_identity_sh, as: UTF8.self),
        ].joined(separator: "\n")
    }

    private func options(
        _ record: MachineRecord, in folder: MachineFolder, profile: Profile, console: URL, qemu: Int
    ) -> VirtInstall.Options {
        VirtInstall.Options(
            name: record.name, type: accelerator.domainType, cpu: accelerator.cpu, vcpus: profile.size.vcpus,
            memoryMiB: profile.size.memoryMiB, disk: folder.overlay, seed: folder.seed, nvram: folder.nvram,
            console: console, network: IsolatedNetwork.name,
            filter: CulDeSac.Filter.internetOnly.rawValue, mac: record.mac, owner: "+\(qemu):+\(qemu)")
    }

    /// Addresses of the cards of all domains that bear our name.
    func cardsInUse() async throws -> Set<String> {
        var taken: Set<String> = []
        for domain in try await virsh.domainNames() where domain.hasPrefix("boma-it-") {
            taken.formUnion(
                try await virsh.run(["domiflist", domain]).output.lines.compactMap {
                    $0.split(separator: " ").last.map(String.init)
                })
        }
        return taken
    }

    /// The first slot that no domain's card is in.
    private func freeSlot(in slots: Range<Int>, taken: Set<String>) async throws -> Int {
        let taken = taken.union(try await cardsInUse())
        guard let slot = slots.first(where: { !taken.contains(IsolatedNetwork.mac(slot: $0)) }) else {
            throw HarnessTrouble(
                "network \(IsolatedNetwork.name)", why: "all its addresses are used by kept machines and layers",
                fix: "boma-it clean")
        }
        return slot
    }

    /// Number of the user that libvirt runs QEMU as, from its capabilities.
    public func qemuUser() async throws -> Int {
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
