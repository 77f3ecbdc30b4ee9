import Foundation

/// The folder of one machine: everything of it that lies on the control host, gone with it.
public struct MachineFolder: Sendable {
    /// The folder.
    public let url: URL

    /// The folder at `url`.
    public init(url: URL) { self.url = url }

    /// The disk that the guest writes to.
    package var overlay: URL { url.appending(path: "overlay.qcow2") }
    var seed: URL { url.appending(path: "seed.img") }
    var nvram: URL { url.appending(path: "nvram.fd") }
    /// The domain's definition.
    var definition: URL { url.appending(path: "domain.xml") }
    var record: URL { url.appending(path: MachineRecord.fileName) }
    /// Private key of the run.
    public var identity: URL { url.appending(path: "id_ed25519") }
    /// Public key of the run.
    var publicIdentity: URL { url.appending(path: "id_ed25519.pub") }
    /// A private host key of the guest; gone as soon as the guest has it.
    func hostKey(_ type: String) -> URL { url.appending(path: "ssh_host_\(type)_key") }
    /// A public host key of the guest.
    func publicHostKey(_ type: String) -> URL { url.appending(path: "ssh_host_\(type)_key.pub") }
    /// The known host keys.
    public var knownHosts: URL { url.appending(path: "known_hosts") }
    /// The shared connection's socket. Paths of sockets are limited to about 100 bytes, so it lies elsewhere.
    static func controlSocket(of machine: String) -> URL { sockets.appending(path: "\(machine).ssh") }

    /// Nobody else may put a socket there (ssh_config(5), ControlPath), and every process of a user finds the same one.
    /// Below /tmp, so it may be gone whenever a kept machine is taken up: with the control host's last boot, or with age.
    @TaskLocal static var sockets = URL(filePath: "/tmp/boma-it-\(NSUserName())")

    /// Makes the folder of the sockets.
    ///
    /// - Throws: ``HarnessTrouble`` when somebody else could have made it or could write to it.
    static func makeSockets(_ folder: URL = sockets) throws {
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let facts = try? FileManager.default.attributesOfItem(atPath: folder.path)
        guard facts?[.type] as? FileAttributeType == .typeDirectory,
            facts?[.ownerAccountName] as? String == NSUserName(),
            (facts?[.posixPermissions] as? NSNumber)?.intValue == 0o700
        else {
            throw HarnessTrouble(
                "folder \(folder.path)", why: "must belong to \(NSUserName()) alone: SSH's sockets lie in it",
                fix: "remove it, or ask its owner to")
        }
    }

    /// The `ssh_config` that reaches this machine and nothing else.
    public var sshConfig: URL { url.appending(path: "ssh_config") }

    /// The same for a process that did not write it: what it refers to is there afterwards.
    ///
    /// - Throws: ``HarnessTrouble`` when the folder of the sockets isn't this user's alone.
    public func readySSHConfig() throws -> URL {
        try Self.makeSockets()
        return sshConfig
    }
}
