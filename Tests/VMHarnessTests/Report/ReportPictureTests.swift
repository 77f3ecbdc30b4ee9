import Foundation
import XCTest

@testable import VMHarness

/// The pages as tidy and a real browser see them. Skipped where those are missing, unless `BOMA_IT_REQUIRE=1`.
final class ReportPictureTests: XCTestCase {
    private func need(_ tool: String) throws -> String {
        let paths = ["/usr/bin", "/usr/local/bin", "/bin"].map { "\($0)/\(tool)" }
        if let path = paths.first(where: FileManager.default.isExecutableFile) { return path }
        let reason = "\(tool) is not installed; apt-get install chromium tidy"
        guard ProcessInfo.processInfo.environment["BOMA_IT_REQUIRE"] != "1" else {
            throw HarnessTrouble("pages", why: reason, fix: reason)
        }
        throw XCTSkip(reason)
    }

    private func run(_ tool: String, _ arguments: [String], in folder: URL) async throws -> CommandResult {
        let runner = try SystemCommandRunner(
            logs: folder.appending(path: "logs"), environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path])
        return try await runner.run(Command(try need(tool), arguments, limit: .seconds(60)))
    }

    private func chromium(_ arguments: [String], in folder: URL) async throws -> CommandResult {
        try await run(
            "chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--allow-file-access-from-files", "--user-data-dir=\(folder.path)/profile",
            ] + arguments, in: folder)
    }

    private let pages = ["failed", "passed", "unfinished", "hostile"].map { "\($0)/index.html" } + ["index.html"]

    func testThePagesAreValid() async throws {
        let folder = try temporaryFolder()
        try SamplePages.write(to: folder)
        for page in pages {
            let found = try await complaints(of: folder.appending(path: page), in: folder)
            XCTAssertEqual(found, [], page)
        }
        // tidy does find something where there is something.
        let broken = folder.appending(path: "broken.html")
        try "<!DOCTYPE html><title>x</title><p><b>a</i></frob>".write(to: broken, atomically: true, encoding: .utf8)
        let found = try await complaints(of: broken, in: folder)
        XCTAssertFalse(found.isEmpty)
    }

    /// What tidy finds, without what it does not know: the attributes of pictures that stand in the page, and that
    /// `summary` may hold a heading (HTML, section 4.11.2).
    private func complaints(of page: URL, in folder: URL) async throws -> [String] {
        let result = try await run(
            "tidy", ["-quiet", "-errors", "-utf8", "--drop-empty-elements", "no", page.path], in: folder)
        return result.errorOutput.lines.filter { line in
            !["<svg> proprietary attribute", "</summary>"].contains { line.contains($0) }
        }
    }

    /// Loads all pages at two widths: nothing is wider than its window, and nothing is asked of anybody.
    func testThePagesFitAPhoneAndAskNobodyForAnything() async throws {
        let folder = try temporaryFolder()
        try SamplePages.write(to: folder)
        // The measure does see a page that asks, and is too wide.
        try """
        <!DOCTYPE html><p>\(String(repeating: "x", count: 200))</p><img src='http://127.0.0.1:9/x' style='width:2000px'>
        """.write(to: folder.appending(path: "control.html"), atomically: true, encoding: .utf8)
        let frames = (pages + ["control.html"]).flatMap { page in
            [380, 1280].map {
                "<iframe src='\(page)' data-width='\($0)' style='width:\($0)px;height:800px;border:0'></iframe>"
            }
        }
        let script = """
            addEventListener('load', () => {
                const wide = [...document.querySelectorAll('iframe')].map(frame => {
                    const asked = frame.contentWindow.performance.getEntriesByType('resource').map(r => r.name).join(',') || '-';
                    const inside = frame.contentDocument.documentElement;
                    return `${frame.getAttribute('src')} ${frame.dataset.width} ${inside.scrollWidth} ${inside.textContent.length > 99} ${asked}`;
                });
                document.body.textContent = 'MEASURED\\n' + wide.join('\\n') + '\\nEND';
            });
            """
        let wrapper = folder.appending(path: "all.html")
        try "<!DOCTYPE html><body>\(frames.joined())<script>\(script)</script>".write(
            to: wrapper, atomically: true, encoding: .utf8)
        let result = try await chromium(
            ["--virtual-time-budget=10000", "--dump-dom", "file://\(wrapper.path)"],
            in: folder)
        let measured = result.output.components(separatedBy: "MEASURED\n").last?.components(separatedBy: "\nEND").first
        let rows = (measured ?? "").split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        XCTAssertEqual(
            rows.count, pages.count * 2 + 2, "\(result.output.suffix(2000)) \(result.errorOutput.suffix(500))")
        for row in rows where row.count == 5 && row[0] != "control.html" {
            XCTAssertLessThanOrEqual(Int(row[2]) ?? .max, Int(row[1]) ?? 0, "\(row[0]) is too wide at \(row[1])")
            XCTAssertEqual(row[3], "true", "\(row[0]) is empty")
            XCTAssertEqual(row[4], "-", "\(row[0]) asks for something")
        }
        let control = rows.filter { $0.first == "control.html" && $0.count == 5 }
        XCTAssertEqual(control.map { $0[4] }, Array(repeating: "http://127.0.0.1:9/x", count: 2))
        XCTAssertTrue(control.allSatisfy { (Int($0[2]) ?? 0) > 1280 }, "\(control)")
        for page in pages {
            let html = try String(contentsOf: folder.appending(path: page), encoding: .utf8)
            XCTAssertNil(
                html.range(
                    of: #"(?i)<(script|iframe|object|embed|link|base)\b|(src|href|action)="?(https?:)?//|url\("#,
                    options: .regularExpression), page)
        }
    }

    func testLightAndDarkAreDifferentPictures() async throws {
        let folder = try temporaryFolder()
        try SamplePages.write(to: folder)
        var pictures: Set<Data> = []
        for scheme in [0, 1] {
            let file = folder.appending(path: "\(scheme).png")
            _ = try await chromium(
                [
                    "--blink-settings=preferredColorScheme=\(scheme)", "--window-size=900,1200",
                    "--screenshot=\(file.path)", "file://\(folder.path)/failed/index.html",
                ], in: folder)
            let picture = try Data(contentsOf: file)
            XCTAssertGreaterThan(picture.count, 20_000, "hardly anything is drawn")
            pictures.insert(picture)
        }
        XCTAssertEqual(pictures.count, 2)
    }
}

/// The sample pages, as runs leave them.
enum SamplePages {
    static func write(to folder: URL) throws {
        var unfinished = SampleReports.report(.survives)
        unfinished.finished = nil
        let samples = [
            "failed": SampleReports.failed(), "passed": SampleReports.passed(), "unfinished": unfinished,
            "hostile": SampleReports.hostileReport().bounded(),
        ]
        for (name, report) in samples {
            let run = folder.appending(path: name)
            try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
            try report.json().write(to: run.appending(path: "report.json"))
            try Data(ReportPage(report).html.utf8).write(to: run.appending(path: "index.html"))
            try Data(JUnitReport(report).xml.utf8).write(to: run.appending(path: "junit.xml"))
        }
        try RunsIndex(folder).write()
    }
}
