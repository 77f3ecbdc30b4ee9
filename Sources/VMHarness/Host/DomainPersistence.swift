import Foundation

extension Virsh {
    /// Whether libvirt knows the domain also when it does not run.
    func isPersistent(_ domain: String) async throws -> Bool {
        try await run(["list", "--all", "--persistent", "--name"])
            .requireSuccess("listing the domains").output.lines.contains(domain)
    }

    /// Lets libvirt know a running domain also when it does not run. One that was restored from memory is a transient one for
    /// libvirt, and would be gone together with its power, or with the control host's.
    ///
    /// - Parameter folder: the machine's, for the definition.
    func keepDefined(_ domain: String, in folder: URL) async throws {
        guard try await !isPersistent(domain) else { return }
        let definition = try await run(["dumpxml", domain, "--inactive", "--security-info"])
            .requireSuccess("reading the definition of \(domain)").output
        let file = folder.appending(path: "kept.xml")
        try definition.write(to: file, atomically: true, encoding: .utf8)
        try await run(["define", file.path]).requireSuccess("keeping \(domain) defined")
    }
}
