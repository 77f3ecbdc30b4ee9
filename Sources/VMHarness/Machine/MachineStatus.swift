import Foundation

/// A machine on this host, as a list shows it.
public struct MachineStatus: Codable, Sendable, Equatable {
    /// Name of the domain.
    public var name: String
    /// Host that it is.
    public var subject: String
    /// Run that made it.
    public var run: String
    /// `kept`, `in use` by a run, or `left over` by one that is gone.
    public var state: String
    /// Why it was kept.
    public var keptBecause: String?
    /// libvirt's word for what the domain does; `nil` when there is none, or libvirt doesn't answer.
    public var domain: String?
    /// When it was made.
    public var created: Date
    /// Memory of the domain.
    public var memoryMiB: Int?
    /// What its folder takes on the disk.
    public var diskMiB: Int?
    /// Its address.
    public var address: String
    /// Folder of the test, with the console log.
    public var evidence: String
    /// Command that enters it.
    public var enter: String

    /// Asks libvirt and the disk about machines; never fails, since a list with gaps is better than none.
    public static func all(
        of records: [MachineRecord], in machines: URL, virsh: Virsh, runner: any CommandRunner
    ) async -> [MachineStatus] {
        guard !records.isEmpty else { return [] }
        // Two calls in all, however many machines there are.
        let stats = try? await virsh.run(["domstats", "--state", "--balloon"], isPoll: true)
        let domains = Self.domains(in: stats?.output ?? "")
        let folders = records.map { machines.appending(path: $0.name).path }
        let disk = try? await runner.run(
            Command("du", ["-s", "-B", "1M"] + folders, limit: .seconds(30), isPoll: true))
        let sizes = Self.sizes(in: disk?.output ?? "")
        return records.map { record in
            MachineStatus(
                name: record.name, subject: record.subject, run: record.run, state: record.state,
                keptBecause: record.keptBecause, domain: domains[record.name]?.state, created: record.created,
                memoryMiB: domains[record.name]?.memoryMiB,
                diskMiB: sizes[machines.appending(path: record.name).path],
                address: record.address, evidence: record.evidence, enter: "boma-it ssh \(record.name)")
        }
    }

    /// What `virsh domstats` says of a domain.
    struct Domain: Equatable {
        var state: String?
        var memoryMiB: Int?
    }

    /// The blocks of `virsh domstats`, by the domain's name. States are numbers there (virDomainState).
    static func domains(in text: String) -> [String: Domain] {
        let states = [
            "1": "running", "2": "idle", "3": "paused", "4": "in shutdown", "5": "shut off", "6": "crashed",
            "7": "pmsuspended",
        ]
        var all: [String: Domain] = [:]
        var name: String?
        for line in text.lines {
            if line.hasPrefix("Domain: '") {
                name = String(line.dropFirst("Domain: '".count).dropLast())
                name.map { all[$0] = Domain() }
            }
            let words = line.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1).map(String.init)
            guard let name, words.count == 2 else { continue }
            if words[0] == "state.state" { all[name]?.state = states[words[1]] ?? "in state \(words[1])" }
            if words[0] == "balloon.maximum" { all[name]?.memoryMiB = Int(words[1]).map { $0 >> 10 } }
        }
        return all
    }

    /// The lines of `du`: size, tabulator, path.
    static func sizes(in text: String) -> [String: Int] {
        text.lines.reduce(into: [:]) { all, line in
            let words = line.split(separator: "\t", maxSplits: 1)
            if words.count == 2 { all[String(words[1])] = Int(words[0]) }
        }
    }
}

extension MachineRecord {
    /// `kept`, `in use` or `left over`.
    public var state: String {
        if keptBecause != nil { return "kept" }
        // Of a run that can't be seen from here: nobody else may take it.
        return owner.isGone ? "left over" : "in use"
    }
}
