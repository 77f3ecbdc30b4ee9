import Foundation

extension Machine {
    /// Takes up a machine that an earlier process left running.
    ///
    /// What is not provably ours is refused: the domain has to bear our mark, and the mark has to name that very folder.
    /// The caller holds the host's lock.
    /// - Parameter machines: folder of this user's machines.
    /// - Throws: ``HarnessTrouble`` when the machine is in use by a run, is not ours, or does not run.
    public static func attach(
        to record: MachineRecord, in machines: URL, virsh: Virsh, runner: any CommandRunner, timeFactor: Double?,
        say: @escaping @Sendable (String) -> Void
    ) async throws -> Machine {
        let what = "machine \(record.name)"
        guard record.state != "in use" else {
            throw HarnessTrouble(
                what, why: "belongs to run \(record.run), which is in progress",
                fix: "wait for that run, or press Ctrl-C where it runs")
        }
        guard let state = try await virsh.state(of: record.name) else {
            throw HarnessTrouble(
                what, why: "is gone from libvirt", fix: "boma-it clean \(record.name) removes what is left of it")
        }
        let folder = MachineFolder(url: machines.appending(path: record.name))
        let xml = try await virsh.domainXML(record.name)
        guard DomainMark.folder(in: xml)?.path == folder.url.path else {
            throw HarnessTrouble(
                what, why: "does not carry boma-it's mark",
                fix: "leave it alone: whatever its name, it is not boma-it's")
        }
        guard state == "running" else {
            // A reboot of the control host also stops the network.
            let start = ["net-start \(IsolatedNetwork.name)", "start \(record.name)"]
                .map { "virsh --connect \(virsh.uri) \($0)" }.joined(separator: "; ")
            throw HarnessTrouble(what, why: "is \(state)", fix: "\(start); or boma-it clean \(record.name)")
        }
        _ = try folder.readySSHConfig()
        let accelerator: Accelerator = xml.contains("<domain type='kvm'") ? .kvm : .tcg
        return Machine(
            record: record, folder: folder, virsh: virsh, runner: runner,
            accelerator: accelerator, timeFactor: timeFactor, say: say)
    }
}
