import Foundation

/// The cloud-init data of one machine: its name, the run's login and a host key that is known beforehand.
struct Seed {
    let hostname: String
    let instance: String
    let user: String
    let publicKey: String
    let hostPrivateKey: String
    let hostPublicKey: String

    /// `user-data`. Written as JSON, which every YAML parser reads and which needs no escaping rules of its own.
    func userData() throws -> Data {
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
    func metaData() -> Data {
        Data("{\"instance-id\": \"\(instance)\", \"local-hostname\": \"\(hostname)\"}\n".utf8)
    }
}
