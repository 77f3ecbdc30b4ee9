import Foundation

/// Text of an `ssh_config` that reaches one host with a known host key, and nothing else.
public struct SSHConfig: Sendable {
    /// Alias of the host.
    public var host: String
    /// Its address.
    public var address: String
    /// Login name.
    public var user: String
    /// Private key of the run.
    public var identityFile: URL
    /// File that holds the host keys, one of each type.
    public var knownHostsFile: URL
    /// Path of the shared connection's socket; at most about 90 bytes, as Unix sockets allow.
    public var controlPath: String
    /// Where sshd listens.
    public var port: UInt16 = 22

    /// How long the guest may take to answer at its port.
    static let patience = Duration.seconds(5)

    /// A setting of `ssh_config(5)` whose value is a path, as one line or one argument of `-o`. Without the quotes a blank
    /// would end it.
    static func setting(_ name: String, _ file: String) -> String { "\(name)=\"\(file)\"" }

    private static let refusal = "sh -c 'echo \"boma-it: only the virtual machine may be reached, not %h\" >&2; exit 1'"

    /// The file's text. Every host but the one ends in a command that says why and fails.
    public var text: String {
        """
        # Written by boma-it: the virtual machine is the only host that can be reached.
        Host \(host) \(address)
          HostName \(address)
          Port \(port)
          User \(user)
          ProxyCommand none
          ControlMaster auto
          \(Self.setting("ControlPath", controlPath))
          ControlPersist 1800

        Host *
          ProxyCommand \(Self.refusal)
          \(Self.setting("IdentityFile", identityFile.path))
          IdentitiesOnly yes
          IdentityAgent none
          ForwardAgent no
          \(Self.setting("UserKnownHostsFile", knownHostsFile.path))
          GlobalKnownHostsFile /dev/null
          StrictHostKeyChecking yes
          BatchMode yes
          ConnectTimeout \(Self.patience.components.seconds)
          ServerAliveInterval 10
          ServerAliveCountMax 6
          LogLevel ERROR

        """
    }
}
