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
        var all: [MachineStatus] = []
        for record in records {
            let xml = try? await virsh.run(["dumpxml", record.name], isPoll: true)
            let folder = machines.appending(path: record.name)
            let disk = try? await runner.run(Command("du", ["-s", "-B", "1M", folder.path], isPoll: true))
            all.append(
                MachineStatus(
                    name: record.name, subject: record.subject, run: record.run, state: record.state,
                    keptBecause: record.keptBecause,
                    domain: (try? await virsh.state(of: record.name)) ?? nil, created: record.created,
                    memoryMiB: xml.flatMap { memoryMiB(in: $0.output) },
                    diskMiB: disk.flatMap { $0.output.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } },
                    address: record.address, evidence: record.evidence, enter: "boma-it ssh \(record.name)"))
        }
        return all
    }

    /// Memory in a domain's definition, which libvirt always writes in KiB.
    static func memoryMiB(in xml: String) -> Int? {
        guard let start = xml.range(of: "<memory unit='KiB'>") else { return nil }
        return Int(xml[start.upperBound...].prefix { $0.isNumber }).map { $0 >> 10 }
    }
}

extension MachineRecord {
    /// `kept`, `in use` or `left over`.
    public var state: String {
        if keptBecause != nil { return "kept" }
        return owner.isAlive ? "in use" : "left over"
    }
}
