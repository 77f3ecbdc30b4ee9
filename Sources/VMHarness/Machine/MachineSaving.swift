import Foundation

extension Layer {
    /// What makes the guest in a warm layer a machine again: its definition, keys, seed and firmware variables, under the
    /// names that they have in a machine's folder.
    package var saved: MachineFolder { MachineFolder(url: folder) }
}

extension Machine {
    /// Saves the running guest's memory and hands over everything that a layer needs to restore it. The machine itself
    /// is gone then.
    ///
    /// - Parameter draft: folder of the layer that is being made.
    /// - Throws: ``CommandError`` when libvirt can't save it; the guest runs on then.
    public func save(into draft: URL) async throws {
        try await verifyNoUnaskedReboot(when: "before it was saved").write(in: draft)
        // A connection that is open now would hang in every restored guest.
        try await ssh.dropSharedConnection()
        let memory = Layer.memory(in: draft)
        // Create the file first: libvirtd, which is root, writes into it without changing its owner.
        try PrivateFile.write(Data(), to: memory)
        // "sparse" keeps zero pages as holes and is read by QEMU itself, about twice as fast as a stream.
        try await virsh.run(["save", record.name, memory.path, "--image-format", "sparse"], limit: .seconds(600))
            .requireSuccess("saving the memory of \(record.name)")
        let definition = try await virsh.run(["save-image-dumpxml", memory.path])
            .requireSuccess("reading the saved definition").output
        let saved = MachineFolder(url: draft)
        try PrivateFile.write(Data(definition.utf8), to: saved.definition)
        try FileManager.default.moveItem(at: folder.overlay, to: Layer.disk(in: draft))
        for part in [\MachineFolder.nvram, \.seed, \.identity, \.publicIdentity, \.knownHosts, \.record] {
            try FileManager.default.moveItem(at: folder[keyPath: part], to: saved[keyPath: part])
        }
        await destroy()
    }
}
