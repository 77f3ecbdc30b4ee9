import Foundation

/// All probes as one shell script, and the files in its answer.
struct EvidenceScript {
    let probes: [EvidenceProbe]
    /// Seconds that the guest may spend on them.
    let seconds: Int
    /// What announces a file in the answer.
    var marker = "boma-it-\(UUID().uuidString)"

    /// What one file may have; the guest was asked for less, but need not listen.
    static let largestFile = 5_000_000

    /// The script. The probes run side by side, each with its own limit, and one that hangs costs nothing but its own
    /// answer. What they say is kept in memory (/run): the disk may be full or read-only.
    var text: String {
        let limit = max(2, seconds - 4)
        let starts = probes.map { probe in
            "ask \(shellQuoted(probe.command)) </dev/null 2>&1 | head -c 3000000 >$folder/\(probe.file) &"
        }
        return """
            folder=$(mktemp -d /run/boma-it-XXXXXX) || exit 1
            # An answer that was cut off must not look like one that is empty.
            ask() { timeout -k 1 \(limit) bash -c "$1" || [ $? -lt 124 ] || echo "(boma-it: no more within \(limit) s)"; }
            \(starts.joined(separator: "\n"))
            end=$((SECONDS + \(limit) + 2))
            while [ -n "$(jobs -rp)" ] && [ $SECONDS -lt $end ]; do sleep 0.2; done
            for file in \(probes.map(\.file).joined(separator: " ")); do echo "\(marker) $file"; cat $folder/$file; echo; done
            rm -rf $folder

            """
    }

    /// Writes the files of an answer, which may be cut off anywhere.
    ///
    /// - Returns: names of the files that it does not have.
    func write(_ answer: String, to folder: URL) throws -> [String] {
        var missing = probes.map(\.file)
        for part in answer.components(separatedBy: "\(marker) ").dropFirst() {
            let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = lines.first.map(String.init), let index = missing.firstIndex(of: name) else { continue }
            missing.remove(at: index)
            try Self.write(lines.count > 1 ? lines[1] : "", as: name, in: folder)
        }
        return missing
    }

    /// Writes what a guest said. A person will look at it in a terminal, so nothing in it acts there.
    static func write(_ text: some StringProtocol, as name: String, in folder: URL) throws {
        let plain = harmless(String(decoding: text.utf8.prefix(largestFile), as: UTF8.self))
        try PrivateFile.writeRedacted(Data(plain.utf8), to: folder.appending(path: name))
    }
}
