import Foundation

/// What a running domain has been promised and has not taken yet.
struct DomainClaim: Equatable {
    /// Memory in MiB that it may still touch.
    var memoryMiB = 0
    /// Its thin disks.
    var disks: [Disk] = []

    /// A thin disk.
    struct Disk: Equatable {
        var path = ""
        /// Virtual size in bytes.
        var capacity = 0
        /// Bytes that it takes up.
        var allocation = 0

        /// How much it may still grow, in MiB, when a machine writes at most so much.
        func growthMiB(upTo limit: Int) -> Int {
            max(0, min(capacity >> 20, limit) - (allocation >> 20))
        }
    }

    /// Reads `virsh domstats --balloon --block`: memory in KiB, disks in bytes.
    ///
    /// A domain that does not say how much it has touched is taken to have touched nothing.
    static func all(domstats: String) -> [DomainClaim] {
        domstats.components(separatedBy: "Domain:").dropFirst().map { part in
            var values: [String: String] = [:]
            for line in part.lines {
                let words = line.split(separator: "=", maxSplits: 1).map(String.init)
                if words.count == 2 { values[words[0]] = words[1] }
            }
            func number(_ key: String) -> Int { max(0, values[key].flatMap { Int($0) } ?? 0) }
            // A machine may take back what its balloon has given.
            let promised = max(number("balloon.current"), number("balloon.maximum"))
            var claim = DomainClaim(memoryMiB: max(0, promised - number("balloon.rss")) >> 10)
            for index in 0..<min(64, number("block.count")) {
                guard let path = values["block.\(index).path"] else { continue }
                claim.disks.append(
                    Disk(
                        path: path, capacity: number("block.\(index).capacity"),
                        allocation: number("block.\(index).allocation")))
            }
            return claim
        }
    }
}
