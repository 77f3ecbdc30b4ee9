import Foundation

/// A network namespace with nothing in it that is up, not even loopback: where Ansible's controller runs.
///
/// The way to the virtual machine is the shared SSH connection, whose master runs outside and is reached through a socket
/// in the file system, which a network namespace does not cut off. Whatever else a playbook does on the controller
/// (look-ups, plug-ins, local tasks, another address) finds no network at all.
public struct NetworkSandbox: Sendable, Equatable {
    /// Words in front of a command that runs in the sandbox; none when this machine has no such namespaces for this user.
    public let wrapper: [String]

    /// Whether there is one.
    public var isThere: Bool { !wrapper.isEmpty }

    /// No sandbox.
    public static let none = NetworkSandbox(wrapper: [])

    /// As root, and as anybody who may have a user namespace.
    private static let ways = [
        ["unshare", "--net", "--"], ["unshare", "--user", "--map-current-user", "--net", "--"],
    ]

    private init(wrapper: [String]) { self.wrapper = wrapper }

    /// The first way that works here, tried by really entering it and finding no way out.
    public static func find(runner: any CommandRunner) async throws -> NetworkSandbox {
        for wrapper in ways {
            var command = Command("ip", ["-json", "link", "show"], limit: .seconds(20), isPoll: true)
            command.wrapper = wrapper
            let result = try? await runner.run(command)
            try Task.checkCancellation()
            if let result, result.succeeded, isCutOff(links: result.output) { return NetworkSandbox(wrapper: wrapper) }
        }
        return .none
    }

    /// Whether no interface is up. The kernel puts some of its modules' into every new namespace (tunl0, sit0, gre0), down
    /// and without an address; like loopback they lead nowhere.
    static func isCutOff(links json: String) -> Bool {
        struct Link: Decodable {
            let flags: [String]
        }
        guard let links = try? JSONDecoder().decode([Link].self, from: Data(json.utf8)), !links.isEmpty else {
            return false
        }
        return !links.contains { $0.flags.contains("UP") }
    }
}
