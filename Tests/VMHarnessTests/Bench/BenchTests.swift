import Foundation
import VMHarness
import XCTest

@testable import boma_it_bench

/// What the benchmark makes of its samples; nothing is measured here.
final class BenchTests: XCTestCase {
    private func samples(_ values: [String: [Double]]) -> Samples {
        var samples = Samples()
        for (name, seconds) in values { for value in seconds { samples.add(value, to: name) } }
        return samples
    }

    func testTheMedianIsTheMiddleOneOrTheMeanOfTheTwo() {
        let samples = samples(["odd": [3, 1, 2], "even": [4, 1, 3, 2], "one": [7]])
        XCTAssertEqual(samples.median(of: "odd"), 2)
        XCTAssertEqual(samples.spread(of: "even"), Samples.Spread(min: 1, median: 2.5, max: 4))
        XCTAssertEqual(samples.median(of: "one"), 7)
        XCTAssertNil(samples.median(of: "none"))
    }

    func testARatioNeedsBothSides() {
        let samples = samples(["a": [2, 4, 6], "b": [2], "zero": [0]])
        XCTAssertEqual(samples.ratio("a", over: "b"), 2)
        XCTAssertNil(samples.ratio("a", over: "missing"))
        XCTAssertNil(samples.ratio("missing", over: "a"))
        XCTAssertNil(samples.ratio("a", over: "zero"))
    }

    func testTheJSONHasEveryRatioAndNullForWhatWasNotRun() throws {
        var report = Report()
        report.samples = samples(["cold_first_command": [60], "raw_first_command": [50]])
        let file = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try report.write(to: file)
        let read = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
        guard case .object(let top) = read, case .object(let ratios) = top["ratios"] else { return XCTFail("\(read)") }
        XCTAssertTrue(
            Set(top.keys).isSuperset(of: ["ratios", "samples", "spread", "environment", "sizes", "harness"]))
        XCTAssertEqual(
            Set(ratios.keys),
            [
                "cold_vs_raw", "reboot_vs_raw", "roundtrip_vs_ssh", "warm_vs_restore", "warm_vs_cold",
                "suite_warm_vs_cold",
            ])
        XCTAssertEqual(ratios["cold_vs_raw"], .number(1.2))
        XCTAssertEqual(ratios["warm_vs_cold"], .null)
    }

    func testTheTableShowsWhatWasMeasuredAndADashForTheRest() {
        var report = Report()
        report.samples = samples(["cold_first_command": [60, 61, 62], "raw_first_command": [50]])
        report.notes = ["mind the load"]
        let lines = report.table.split(separator: "\n")
        XCTAssertTrue(lines.contains { $0.contains(/cold_first_command +3 +60\.0 +61\.0 +62\.0/) }, report.table)
        XCTAssertTrue(lines.contains { $0.contains(/cold_vs_raw +1\.220 +cold_first_command/) }, report.table)
        XCTAssertTrue(lines.contains { $0.contains(/warm_vs_restore +- +warm_first_check/) }, report.table)
        XCTAssertEqual(lines.last, "note: mind the load")
    }

    func testPartsAreReadAndUnknownOnesRefused() throws {
        XCTAssertEqual(try BenchPart.parse(nil), Set(BenchPart.allCases))
        XCTAssertEqual(try BenchPart.parse(""), Set(BenchPart.allCases))
        XCTAssertEqual(try BenchPart.parse("start, warm"), [.start, .warm])
        XCTAssertThrowsError(try BenchPart.parse("start,lunch")) { XCTAssertTrue("\($0)".contains("'lunch'"), "\($0)") }
    }

    func testSettingsHaveDefaultsAndRefuseNonsense() throws {
        let settings = try BenchSettings(environment: ["BENCH_JSON": "/tmp/bench.json"])
        XCTAssertEqual(settings.repetitions, 3)
        XCTAssertEqual(settings.suiteRepetitions, 1)
        XCTAssertEqual(settings.json?.path, "/tmp/bench.json")
        XCTAssertThrowsError(try BenchSettings(environment: ["BENCH_REPEAT": "0"]))
    }

    func testProcessorTimeIsReadBehindAnyName() throws {
        let stat = "7 (a) b)) S 1 2 3 4 5 6 7 8 9 10 150 50 300 100 20 0 1"
        let usage = try XCTUnwrap(
            ProcessUsage(status: "Name:\tx\nVmHWM:\t   20480 kB\n", stat: stat, ticksPerSecond: 100))
        XCTAssertEqual(usage.peakMiB, 20)
        XCTAssertEqual(usage.own, 2)
        XCTAssertEqual(usage.children, 4)
        XCTAssertNotNil(ProcessUsage.current)
    }

    func testMachinesOfTheScalingPartLookReal() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try ScalingPart.fill(folder, with: 2)
        let record = MachineRecord.read(in: folder.appending(path: "cache/machines/boma-it-askari-2"))
        XCTAssertEqual(record?.keptBecause, "benchmark")
    }
}
