import Foundation
import VMHarness
import XCTest

/// Base of the suites: boots a subject for a test, and after it either destroys the machine or keeps it with evidence.
class SubjectTestCase: XCTestCase {
    private var subject: Subject?
    private var record: TestRecorder?
    private var folders: [URL] = []
    /// What the test's body threw, if it did: what XCTest tells of it is text.
    private var thrown: (any Error)?
    /// Commands for going on after a failure.
    private var next: [String] = []
    /// What a pass of the test says: that the host survives, or only that the harness does its work.
    var asks: TestReport.Question { .survival }

    /// Cert tiers that the test can run with: any, unless it is about certificates.
    var tiers: [CertTier] { CertTier.allCases }

    /// The folder that holds `profiles/`.
    static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL

    /// The run, or a skip with the reason when this machine can't run virtual machines. `BOMA_IT_REQUIRE=1` makes that
    /// skip a failure.
    func startRun() async throws -> Run {
        let configuration = try HarnessConfiguration(packageRoot: Self.packageRoot)
        try checkTier(configuration)
        do {
            return try await SharedRun.shared.run(configuration)
        } catch let trouble as HarnessTrouble
            where trouble.isMissingPrerequisite && !configuration.requiresPrerequisites
        {
            throw XCTSkip("\(trouble)")
        }
    }

    /// A tier that can't run at all is an error: whoever asked for it would take a skip for a pass. A test that is about
    /// another tier is skipped; `scripts/run-tests` does not even choose it.
    private func checkTier(_ configuration: HarnessConfiguration) throws {
        let asked = configuration.certificates.tier
        let path = configuration.toolEnvironment["PATH"] ?? ""
        if let obstacle = asked.obstacle(path: path, choice: configuration.certificates.authority) {
            throw HarnessTrouble(
                "cert tier \(asked.rawValue)", why: obstacle, fix: "make setup, or BOMA_IT_CERTS=internal")
        }
        guard tiers.contains(asked) else {
            throw XCTSkip(
                "needs BOMA_IT_CERTS=\(tiers.map(\.rawValue).joined(separator: " or ")), and it is \(asked.rawValue)")
        }
    }

    /// Runs a test's body with a machine that is the subject.
    ///
    /// When the emulator fails the guest meanwhile, which says nothing about the subject, the body is run once more, with
    /// another machine.
    /// - Parameter start: what has to have happened to the machine; may come out of a layer.
    func withSubject(_ start: Start, _ body: (Subject) async throws -> Void) async throws {
        let run = try await startRun()
        let name = self.name.replacingOccurrences(of: "IntegrationTests.", with: "")
        run.log.say("test \(name)")
        let parts = name.split(separator: ".").map(String.init)
        let record =
            self.record ?? TestRecorder(parts.last ?? name, in: parts.first ?? "", asks: asks, progress: run.progress)
        self.record = record
        for isLast in [false, true] {
            var subject = try await prepare(run, name, start, record)
            subject.record = record
            self.subject = subject
            folders.append(subject.folder)
            do {
                return try await run.progress.watching {
                    do {
                        try await body(subject)
                        try await subject.finishIsolationProof()
                    } catch {
                        thrown = error
                        throw error
                    }
                }
            } catch let fault as EmulatorFault where !isLast {
                run.log.say("EMULATOR FAULT: \(fault)\nthe test is run once more, on a new machine")
                await subject.machine.destroy()
                self.subject = nil
                thrown = nil
            }
        }
    }

    /// The machine; what its making has left, such as the folder of a layer whose play failed, is evidence when it fails.
    private func prepare(_ run: Run, _ name: String, _ start: Start, _ record: TestRecorder) async throws -> Subject {
        let known = Set(run.directory.folders)
        do {
            let subject = try await record.timeline.measure(.boot, "to the start of the test") {
                try await run.progress.watching { try await run.subject(for: name, from: start) }
            }
            return subject
        } catch {
            folders += run.directory.folders.filter { !known.contains($0) }
            thrown = error
            throw error
        }
    }

    // Runs last of all; what failed before it is counted (`hasSucceeded` would always be false here).
    override func tearDown() async throws {
        var untouched: (any Error)?
        do { try await endSubject() } catch { untouched = error }
        try await report(untouched)
        if let untouched { throw untouched }
    }

    /// What the test has found out. An assertion that failed is a defect of the harness or of the test: a loss is thrown.
    private var verdict: Verdict {
        guard !Interruption.shared.isEnding else { return .couldNotTell(.interrupted) }
        if let thrown {
            if let seen = thrown as? DidNotSurvive, asks == .survival { return .doesNotSurvive(seen.complaints) }
            return .couldNotTell(Trouble(thrown))
        }
        guard (testRun?.totalFailureCount ?? 0) > 0 else { return .survives }
        return .couldNotTell(Trouble(.error, failure ?? "\(name) failed"))
    }

    private func report(_ lateFailure: (any Error)?) async throws {
        guard let record else { return }
        let run = try await startRun()
        for folder in folders { record.addPlays(in: folder.appending(path: "ansible")) }
        let evidence = folders.flatMap { EvidenceFile.all(in: $0, of: run.directory.url) }
        let verdict = verdict == .survives ? lateFailure.map { .couldNotTell(Trouble($0)) } ?? verdict : verdict
        run.report.add(
            record.report(
                TestOutcome(verdict), verdict: asks == .survival ? verdict : nil, evidence: evidence),
            next: next)
        run.log.say("report: \(run.report.page.path)")
    }

    /// Ends the machine of the last ``withSubject(_:_:)``, for a test that goes on with another.
    func endSubject() async throws {
        guard let subject else { return }
        self.subject = nil
        next += await subject.end(verdict)
        try await startRun().verifyImageUntouched()
    }

    private var failure: String?

    /// What an assertion's author wrote, for readers of a verdict; XCTest's own words where there is nothing else.
    private static func message(_ description: String) -> String {
        let pattern = /XCT\w+ failed(?:: (?s:.)*?\))? - (?<message>\S(?s:.)*)/
        return (try? pattern.prefixMatch(in: description)).map { String($0.message) } ?? description
    }

    // The one place where XCTest on Linux tells what failed.
    override func recordFailure(
        withDescription description: String, inFile filePath: String, atLine lineNumber: Int, expected: Bool
    ) {
        failure = failure ?? Self.message(description)
        super.recordFailure(withDescription: description, inFile: filePath, atLine: lineNumber, expected: expected)
    }
}
