import VMHarness

/// What can be measured on its own (`BENCH_ONLY`).
enum BenchPart: String, CaseIterable, Sendable {
    /// Cold start, against a plain QEMU.
    case start
    /// Reboot with its proof, against a plain one.
    case reboot
    /// A command in the guest, against plain ssh.
    case roundtrip
    /// Warm start, against a bare `virsh restore`.
    case warm
    /// The acceptance tests: cold, layered and warm.
    case suite
    /// What the harness itself takes while it waits.
    case harness
    /// Start of the command line among many runs, machines and layers.
    case scaling

    /// Reads a comma list; no list means all.
    ///
    /// - Throws: `HarnessTrouble` naming what is no part.
    static func parse(_ list: String?) throws -> Set<BenchPart> {
        let names = (list ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
        guard !names.isEmpty else { return Set(allCases) }
        return Set(
            try names.map { name in
                guard let part = BenchPart(rawValue: name) else {
                    throw HarnessTrouble(
                        "environment variable BENCH_ONLY", why: "'\(name)' is no part",
                        fix: "a comma list of \(allCases.map(\.rawValue).joined(separator: ", "))")
                }
                return part
            })
    }
}
