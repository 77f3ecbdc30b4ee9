import Foundation
import Synchronization

/// Keeps the report of a run on disk while the run goes on, so that a run that is killed still leaves what was known.
public final class ReportRecorder: Sendable {
    /// What takes time and belongs to no test.
    public let timeline: Timeline
    private let folder: URL
    private let say: @Sendable (String) -> Void
    private let state: Mutex<RunReport>

    /// Starts a report; nothing is written yet.
    ///
    /// - Parameters:
    ///   - run: id of the run.
    ///   - folder: the run's folder.
    ///   - say: is told when a report can't be written. That never ends a test.
    public init(
        run: String, folder: URL, subject: String, started: Date = Date(),
        say: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.folder = folder
        timeline = Timeline(started: started)
        state = Mutex(RunReport(run: run, subject: subject, started: started))
        self.say = say
    }

    /// The report as of now.
    public var report: RunReport { state.withLock { $0 } }
    /// The page.
    public var page: URL { folder.appending(path: "index.html") }

    /// Notes what the run runs with, and writes.
    public func describe(_ change: (inout RunEnvironment) -> Void) {
        update { change(&$0.environment) }
    }

    /// Adds a test that has ended, and writes.
    ///
    /// - Parameter next: commands to paste after a failure.
    public func add(_ test: TestReport, next: [String] = []) {
        update { report in
            report.tests.append(test)
            guard !next.isEmpty else { return }
            report.next += ["# \(test.name)"] + next
        }
    }

    /// Does what comes before any test; when it throws, the run has ended, and no test will be there to say so.
    ///
    /// - Throws: what `work` throws.
    func recordingStart<Value: Sendable>(_ log: EventLog, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            let trouble = Trouble(error)
            let started = report.started
            add(
                TestReport(
                    name: "start", className: "Run", started: started, duration: Date().timeIntervalSince(started),
                    outcome: TestOutcome(.couldNotTell(trouble)), verdict: .couldNotTell(trouble)),
                next: ["boma-it doctor"] + (trouble.runbook.map { ["# see \($0.path)"] } ?? []))
            finish()
            log.say("report: \(page.path)")
            throw error
        }
    }

    /// Notes that the run has ended, and writes. Without this it stays "unfinished".
    public func finish(at time: Date = Date()) {
        update { $0.finished = time }
        Redactor.shared.redact(folder: folder)
    }

    private func update(_ change: (inout RunReport) -> Void) {
        // Written under the lock: otherwise an older report could overwrite a newer one.
        state.withLock { report in
            change(&report)
            report.timeline = timeline.spans
            report.written = report.finished ?? Date()
            report = report.bounded()
            do {
                try PrivateFile.writeRedacted(report.json(), to: folder.appending(path: RunReport.fileName))
                try PrivateFile.writeRedacted(Data(ReportPage(report).html.utf8), to: page)
                try PrivateFile.writeRedacted(
                    Data(JUnitReport(report).xml.utf8), to: folder.appending(path: "junit.xml"))
                try RunsIndex(folder.deletingLastPathComponent()).write()
            } catch {
                say("can't write the report: \(error)")
            }
        }
    }
}
