import Foundation

/// Safety invariant 3, proven from inside the guest: nothing that it must not reach answers, nothing that it sends arrives
/// at a listener on the control host, and an answer would be noticed.
///
/// Takes one round trip of about two seconds. The guest's own firewall takes no part: the probe writes to the card itself.
struct IsolationProof {
    /// Name of the machine's domain.
    let domain: String
    /// Address of the
    let address: String
    let virsh: Virsh
    let ssh: SSHClient
    /// How long the probe in the machine may take.
    let limit: Duration
    /// Folder for the filters' definitions and the listener's files.
    let folder: URL

    /// How long the guest listens for answers. Each question is asked twice.
    private static let patience = 1.2
    /// A multicast group for organisations' own use (RFC 2365).
    private static let group = "239.193.176.58"
    /// An address in each forbidden range, whatever lives there.
    static let targets = [
        "10.20.10.5", "172.16.0.1", "192.168.1.1", "192.168.0.1", "100.64.0.1", "100.100.100.100", "169.254.169.254",
    ]

    /// What the probe in the machine says.
    struct Heard: Decodable, Equatable {
        var heard: [String]
        var leaks: [String]
        var sent: Int
    }

    /// What the listener on the control host says.
    struct Came: Decodable, Equatable {
        var came: [String]
    }

    /// Proves it.
    ///
    /// - Returns: a line that says what was proven.
    /// - Throws: ``HarnessTrouble`` when something leaks, and also when it can't be found out.
    func verify() async throws -> String {
        _ = try DomainCard.xml(in: try await virsh.domainXML(domain), named: domain)
        let seen = try await look()
        try Self.judge(seen.heard, seen.came)
        return "\(seen.heard.sent) packets to \(seen.hosts + 1) addresses of the control host, \(Self.targets.count) "
            + "private ones, broadcast, multicast, another machine and IPv6: none answered, none arrived; "
            + "the gateway's DNS answered"
    }

    /// Asks from inside and listens outside.
    ///
    /// - Returns: what the guest heard, what came to the control host, and how many addresses that has beside the gateway's.
    /// - Throws: ``HarnessTrouble`` or ``CommandError`` when one of the two can't be had.
    func look() async throws -> (heard: Heard, came: Came, hosts: Int) {
        let subnet = address.split(separator: ".").prefix(3).joined(separator: ".")
        let culDeSac = CulDeSac(virsh: virsh, runner: ssh.runner, subnet: subnet)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await culDeSac.ensure(folder: folder)
        let hosts = try await culDeSac.hostAddresses()
        let token = UUID().uuidString
        let ready = folder.appending(path: "listener-\(token).port")
        let stop = folder.appending(path: "listener-\(token).stop")
        defer { for file in [ready, stop] { try? FileManager.default.removeItem(at: file) } }
        return try await withThrowingTaskGroup(of: Came?.self) { group in
            group.addTask {
                let result = try await ssh.runner.run(
                    Command(
                        "python3", ["-", "\(subnet).1", Self.group, token, ready.path, stop.path],
                        input: String(decoding: PackageResources.listen_isolation_py, as: UTF8.self),
                        limit: .seconds(150))
                ).requireSuccess("listening on the control host for what the machine must not send")
                return try Self.decode(Came.self, result, "the listener on the control host")
            }
            do {
                let port = try await portOfListener(ready)
                let heard = try await probe(
                    .object([
                        "address": .string(address), "gateway": .string("\(subnet).1"), "port": .integer(port),
                        "token": .string(token), "hosts": .array(hosts.map { .string($0) }),
                        "targets": .array(Self.targets.map { .string($0) }), "group": .string(Self.group),
                        "seconds": .number(Self.patience),
                    ]))
                try Data().write(to: stop)
                guard let came = try await group.next() ?? nil else {
                    throw Self.unproven("the listener gave no answer")
                }
                return (heard, came, hosts.count)
            } catch {
                try? Data().write(to: stop)
                // If the listener failed, report that: the rest follows from it.
                _ = try await group.next()
                throw error
            }
        }
    }

    /// What follows from both answers.
    ///
    /// - Throws: ``HarnessTrouble`` unless the guest heard what it may hear and nothing else.
    static func judge(_ heard: Heard, _ came: Came) throws {
        let leaks = heard.leaks + came.came.map { "the control host got \($0)" }
        guard leaks.isEmpty else {
            throw HarnessTrouble(
                "isolation of the machine",
                why: "it can reach what it must not: \(leaks.prefix(8).joined(separator: "; "))",
                fix:
                    "boma-it doctor --fix; restart libvirtd if a firewall reload removed libvirt's rules; "
                    + "then boma-it clean. Nothing was run in the machine")
        }
        guard heard.heard == ["dns", "tcp"], heard.sent > 0 else {
            throw unproven("the gateway's DNS did not answer the probe (\(heard.heard.joined(separator: ", ")))")
        }
    }

    private static func unproven(_ why: String) -> HarnessTrouble {
        HarnessTrouble(
            "isolation of the machine", why: "can't be proven: \(why)",
            fix:
                "check that the control host's firewall lets \(IsolatedNetwork.bridge) reach port 53, and restart libvirtd"
        )
    }

    private func portOfListener(_ file: URL) async throws -> Int {
        try await Wait(
            for: "the listener on the control host", limit: .seconds(30),
            hint: "read the log of this Python program"
        ).until {
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return Int(text).map { .done($0) } ?? .notYet("not listening yet")
        }
    }

    private func probe(_ plan: JSONValue) async throws -> Heard {
        let result = try await ssh.runPythonAsRoot(
            String(decoding: PackageResources.probe_isolation_py, as: UTF8.self), arguments: [plan.json],
            limit: limit
        ).requireSuccess("probing the machine's isolation from inside")
        return try Self.decode(Heard.self, result, "the probe in the machine")
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ result: CommandResult, _ who: String) throws
        -> Value
    {
        do {
            return try JSONDecoder().decode(type, from: Data(result.output.utf8))
        } catch {
            throw unproven("the answer of \(who) can't be read; see \(result.log?.path ?? "its log")")
        }
    }
}
