import Foundation

/// What differs in `/etc` between the guest and the golden image, by name: contents may be secret.
struct EtcChanges {
    /// File with the guest's digests, as ``script`` lists them.
    static let listing = "etc-digests.txt"
    /// File with the differences.
    static let result = "etc-changes.txt"

    /// Lists digests and link targets of a tree, one a line; run in the guest and, for the golden image, here.
    static let script = """
        cd /etc && find . -xdev -type f -print0 | xargs -0 sha256sum --
        find . -xdev -type l -printf 'link:%l  %p\\n'
        """

    /// Digest or target of each name.
    static func parse(_ text: String) -> [String: String] {
        var all: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            // sha256sum marks names that it had to escape with a backslash.
            guard let gap = line.range(of: "  ") else { continue }
            let digest = line[..<gap.lowerBound]
            guard digest.hasPrefix("link:") || digest.count == 64 || digest.count == 65 else { continue }
            all[String(line[gap.upperBound...])] = String(digest)
        }
        return all
    }

    /// `added`, `changed` or `removed`, with the name.
    static func lines(golden: [String: String], guest: [String: String]) -> [String] {
        Set(golden.keys).union(guest.keys).sorted().compactMap { name in
            let shown = "/etc" + printable(name.dropFirst())
            switch (golden[name], guest[name]) {
            case (nil, _): return "added    \(shown)"
            case (_, nil): return "removed  \(shown)"
            case (let old, let new): return old == new ? nil : "changed  \(shown)"
            }
        }
    }

    /// The golden image's listing, read from its file system.
    static func golden(_ image: URL, scratch: URL, runner: any CommandRunner, limit: Duration) async throws -> String {
        let deadline = Deadline(after: limit)
        let disk = try await OfflineDisk(image, scratch: scratch, runner: runner, limit: limit)
        try await disk.dumpTrusted("/etc", into: scratch, limit: max(deadline.remaining, .seconds(1)))
        let here = script.replacingOccurrences(
            of: "cd /etc", with: "cd \(shellQuoted(scratch.appending(path: "etc").path))")
        return try await runner.run(
            Command("bash", ["-c", here], limit: max(deadline.remaining, .seconds(1)), isPoll: true)
        ).requireSuccess("reading /etc of the golden image").output
    }
}
