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
            let text = result.log.flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? result.output
            return try write(text, marker: marker)
        } catch {
            return ["no evidence over SSH: \(error)"]
        }
    }

    private func write(_ text: String, marker: String) throws -> [String] {
        var missing = Set(EvidenceProbe.standard.map(\.file))
        for part in text.components(separatedBy: "\(marker) ").dropFirst() {
            let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = lines.first.map(String.init), missing.remove(name) != nil else { continue }
            try (lines.count > 1 ? String(lines[1]) : "").write(
                to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        return missing.sorted().map { "no answer for \($0)" }
    }
}
