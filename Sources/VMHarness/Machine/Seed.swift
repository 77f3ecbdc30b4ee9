import Foundation

/// The cloud-init data of one machine: its name, the run's login and a host key that is known beforehand.
package struct Seed {
    let hostname: String
    let instance: String
    let user: String
    let publicKey: String
    let hostPrivateKey: String
    let hostPublicKey: String

    /// - Parameters:
    ///   - instance: id by which cloud-init knows a first boot.
    ///   - publicKey: who may log in as `user`.
    ///   - hostPrivateKey: the host key that the guest gets, with its public half.
    package init(
        hostname: String, instance: String, user: String, publicKey: String, hostPrivateKey: String,
        hostPublicKey: String
    ) {
        self.hostname = hostname
        self.instance = instance
        self.user = user
        self.publicKey = publicKey
        self.hostPrivateKey = hostPrivateKey
        self.hostPublicKey = hostPublicKey
    }

    /// `user-data`. Written as JSON, which every YAML parser reads and which needs no escaping rules of its own.
    package func userData() throws -> Data {
        let content: JSONValue = .object([
            "hostname": .string(hostname),
            "users": .array([
                .object([
                    "name": .string(user),
                    "shell": .string("/bin/bash"),
                    "lock_passwd": .bool(true),
                    "sudo": .string("ALL=(ALL) NOPASSWD:ALL"),
                    "ssh_authorized_keys": .array([.string(publicKey)]),
                ])
            ]),
            "ssh_deletekeys": .bool(true),
            "ssh_genkeytypes": .array([]),
            "ssh_keys": .object([
                "ed25519_private": .string(hostPrivateKey),
                "ed25519_public": .string(hostPublicKey),
            ]),
        ])
        return Data("#cloud-config\n\(content.json)\n".utf8)
    }

    /// `meta-data`.
    package func metaData() -> Data {
        Data("{\"instance-id\": \"\(instance)\", \"local-hostname\": \"\(hostname)\"}\n".utf8)
    }
}
