import Foundation
import VMHarness

/// Everything that was measured, as a table for people and as JSON for programs.
struct Report: Sendable {
    /// Seconds by name.
    var samples = Samples()
    /// Bytes on disk by name.
    var sizes: [String: Int] = [:]
    /// What the measuring process itself took: MiB and percent of a core, by name.
    var harness: [String: Double] = [:]
    /// Where it was measured.
    var environment: [String: JSONValue] = [:]
    /// What a reader of the numbers has to know.
    var notes: [String] = []

    /// One ratio: name, what is divided by what, and what it says.
    struct Ratio {
        let name: String
        let upper: String
        let lower: String
    }

    /// The ratios under `ratios`.
    static let ratios = [
        Ratio(name: "cold_vs_raw", upper: "cold_first_command", lower: "raw_first_command"),
        Ratio(name: "reboot_vs_raw", upper: "reboot_total", lower: "raw_reboot_settled"),
        Ratio(name: "roundtrip_vs_ssh", upper: "roundtrip", lower: "plain_ssh"),
        Ratio(name: "warm_vs_restore", upper: "warm_first_check", lower: "bare_restore"),
        Ratio(name: "warm_vs_cold", upper: "warm_first_check", lower: "cold_first_command"),
        Ratio(name: "suite_warm_vs_cold", upper: "suite_warm", lower: "suite_cold"),
    ]
    /// The same starts and reboots judged at another point, under `more_ratios`.
    static let moreRatios = [
        Ratio(name: "cold_settled_vs_raw_settled", upper: "cold_settled", lower: "raw_settled"),
        Ratio(name: "reboot_login_vs_raw_login", upper: "reboot_proof_login", lower: "raw_reboot_login"),
        Ratio(name: "warm_proven_vs_restore", upper: "warm_isolation_proven", lower: "bare_restore"),
        Ratio(name: "suite_layered_vs_cold", upper: "suite_layered", lower: "suite_cold"),
    ]

    /// The results as one JSON value.
    var json: JSONValue {
        func values(_ ratios: [Ratio]) -> JSONValue {
            .object(
                Dictionary(
                    uniqueKeysWithValues: ratios.map {
                        ($0.name, samples.ratio($0.upper, over: $0.lower).map(JSONValue.number) ?? .null)
                    }))
        }
        let spread = samples.names.compactMap { name in samples.spread(of: name).map { (name, $0) } }
        return .object([
            "ratios": values(Self.ratios),
            "more_ratios": values(Self.moreRatios),
            "samples": .object(samples.seconds.mapValues { .array($0.map(JSONValue.number)) }),
            "spread": .object(
                Dictionary(
                    uniqueKeysWithValues: spread.map { name, spread in
                        let parts = ["min": spread.min, "median": spread.median, "max": spread.max]
                        return (name, .object(parts.mapValues(JSONValue.number)))
                    })),
            "sizes": .object(sizes.mapValues(JSONValue.integer)),
            "harness": .object(harness.mapValues(JSONValue.number)),
            "environment": .object(environment),
            "notes": .array(notes.map(JSONValue.string)),
        ])
    }

    /// Writes ``json`` to a file.
    func write(to file: URL) throws {
        do {
            try (JSONCoding.document(json) + Data("\n".utf8)).write(to: file, options: .atomic)
        } catch {
            throw HarnessTrouble(
                "writing \(file.path)", why: error.localizedDescription,
                fix: "set BENCH_JSON to a file that can be written")
        }
    }

    /// The results as text.
    var table: String {
        var blocks: [[String]] = []
        let times = samples.names.compactMap { name in
            samples.spread(of: name).map { spread in
                row(
                    name,
                    ["\(samples.seconds[name]?.count ?? 0)"] + [spread.min, spread.median, spread.max].map(Self.digits))
            }
        }
        if !times.isEmpty { blocks.append([row("seconds", ["n", "min", "median", "max"])] + times) }
        let ratios = (Self.ratios + Self.moreRatios).map { ratio in
            row(ratio.name, [samples.ratio(ratio.upper, over: ratio.lower).map(Self.digits) ?? "-"])
                + "   \(ratio.upper) / \(ratio.lower)"
        }
        blocks.append([row("ratio of medians", ["ratio"])] + ratios)
        if !sizes.isEmpty {
            blocks.append(
                [row("on disk", ["MiB"])]
                    + sizes.sorted { $0.key < $1.key }.map { row($0.key, [Self.digits(Double($0.value) / 1_048_576)]) })
        }
        if !harness.isEmpty {
            blocks.append(
                [row("the harness itself", ["value"])]
                    + harness.sorted { $0.key < $1.key }.map { row($0.key, [Self.digits($0.value)]) })
        }
        blocks.append(environment.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text ?? $0.value.json)" })
        if !notes.isEmpty { blocks.append(notes.map { "note: \($0)" }) }
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        name.padding(toLength: max(34, name.count), withPad: " ", startingAt: 0)
            + cells.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
    }

    private static func digits(_ value: Double) -> String { String(format: value < 10 ? "%.3f" : "%.1f", value) }
}
