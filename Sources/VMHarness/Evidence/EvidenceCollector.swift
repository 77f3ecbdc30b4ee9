import Foundation

/// Asks a guest everything a reader will want to know, in one round trip, before anything is cleaned up.
public struct EvidenceCollector: Sendable {
    private let machine: Machine
    private let folder: URL

    /// Collects into `folder`.
    public init(_ machine: Machine, folder: URL) {
        self.machine = machine
        self.folder = folder
    }

    /// Runs all probes; never throws, because evidence must not hide the failure that it is about.
    ///
    /// - Returns: what could not be collected; empty when everything was.
    public func collect() async -> [String] {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let marker = "boma-it-\(UUID().uuidString)"
            let script = EvidenceProbe.standard.map { probe in
                "echo '\(marker) \(probe.file)'; timeout 60 bash -c \(shellQuoted(probe.command)) 2>&1 | head -c 4000000; echo"
            }
            let result = try await machine.ssh.runAsRoot(
                script.joined(separator: "\n"), limit: machine.limit(seconds: 20))
            // The answers are longer than what a result keeps, so they are read from its log.
            // Decoded whatever it holds: one bad byte must not cost the rest.
            let data = result.log.flatMap { try? Data(contentsOf: $0) } ?? Data(result.output.utf8)
            return try Self.write(String(decoding: data, as: UTF8.self), marker: marker, in: folder)
        } catch {
            return ["no evidence over SSH: \(error)"]
        }
    }

    /// What one file may have; the guest was asked for less, but need not listen.
    static let largestFile = 5_000_000

    /// Splits the guest's answer into files. A person will look at them in a terminal, so nothing in them acts there.
    static func write(_ text: String, marker: String, in folder: URL) throws -> [String] {
        var missing = Set(EvidenceProbe.standard.map(\.file))
        for part in text.components(separatedBy: "\(marker) ").dropFirst() {
            let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = lines.first.map(String.init), missing.remove(name) != nil else { continue }
            try harmless(String((lines.count > 1 ? lines[1] : "").unicodeScalars.prefix(Self.largestFile))).write(
                to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        return missing.sorted().map { "no answer for \($0)" }
    }
}
