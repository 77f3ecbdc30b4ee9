import Foundation

/// The folder of one machine: everything of it that lies on the control host, gone with it.
public struct MachineFolder: Sendable {
    /// The folder.
    public let url: URL

    /// The folder at `url`.
    public init(url: URL) { self.url = url }

    var overlay: URL { url.appending(path: "overlay.qcow2") }
    var seed: URL { url.appending(path: "seed.img") }
    var nvram: URL { url.appending(path: "nvram.fd") }
    var definition: URL { url.appending(path: "domain.xml") }
    /// Private key of the run.
    public var identity: URL { url.appending(path: "id_ed25519") }
    var hostKey: URL { url.appending(path: "ssh_host_ed25519_key") }
    /// The one known host key.
    public var knownHosts: URL { url.appending(path: "known_hosts") }
    /// The `ssh_config` that reaches this machine and nothing else.
    public var sshConfig: URL { url.appending(path: "ssh_config") }
}
