import Foundation

/// The cloud-init data of one machine: its name, the run's login and host keys that are known beforehand.
package struct Seed {
    let host: HostName
    let instance: String
    let user: String
    let publicKey: String
    let hostKeys: [HostKey]

    /// One of the host's SSH keys, with its public half.
    package struct HostKey {
        let type: String
        let privateKey: String
        let publicKey: String

        /// - Parameter type: as the files below `/etc/ssh` are named: `ed25519`, `ecdsa`, `rsa`.
        package init(type: String, privateKey: String, publicKey: String) {
            self.type = type
            self.privateKey = privateKey
            self.publicKey = publicKey
        }

        /// All types that Debian's openssh-server makes at its installation, the first one preferred.
        package static let types = ["ed25519", "ecdsa", "rsa"]
    }

    /// - Parameters:
    ///   - instance: id by which cloud-init knows a first boot.
    ///   - publicKey: who may log in as `user`.
    ///   - hostKeys: the host keys that the guest gets.
    package init(host: HostName, instance: String, user: String, publicKey: String, hostKeys: [HostKey]) {
        self.host = host
        self.instance = instance
        self.user = user
        self.publicKey = publicKey
        self.hostKeys = hostKeys
    }

    /// `user-data`. Written as JSON, which every YAML parser reads and which needs no escaping rules of its own.
    package func userData() throws -> Data {
        var keys: [String: JSONValue] = [:]
        for key in hostKeys {
            keys["\(key.type)_private"] = .string(key.privateKey)
            keys["\(key.type)_public"] = .string(key.publicKey)
        }
        var content: [String: JSONValue] = [
            "hostname": .string(host.hostname),
            // Not below "users": so it is the image's own default user by another name, with the groups of that.
            "user": .object([
                "name": .string(user),
                "shell": .string("/bin/bash"),
                "lock_passwd": .bool(true),
                "sudo": .string("ALL=(ALL) NOPASSWD:ALL"),
                "ssh_authorized_keys": .array([.string(publicKey)]),
            ]),
            "write_files": .array([
                .object([
                    "path": .string(WayIn.sudoRule), "content": .string(WayIn.sudoers(user: user)),
                    "permissions": .string("0440"),
                ])
            ]),
            "ssh_deletekeys": .bool(true),
            "ssh_genkeytypes": .array([]),
            "ssh_keys": .object(keys),
        ]
        if let name = host.domainName { content["fqdn"] = .string(name) }
        return Data("#cloud-config\n\(JSONValue.object(content).json)\n".utf8)
    }

    /// `meta-data`.
    package func metaData() -> Data {
        Data("{\"instance-id\": \"\(instance)\", \"local-hostname\": \"\(host.domainName ?? host.hostname)\"}\n".utf8)
    }
}
