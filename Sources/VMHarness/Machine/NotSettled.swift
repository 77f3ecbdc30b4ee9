import Foundation

/// A guest that lets us in and whose boot does not come to its end in time. A deadline of ours: says nothing about the host.
public struct NotSettled: BlamedError, CustomStringConvertible, Sendable {
    /// How long was waited.
    let after: Duration
    /// systemd's jobs that were running still.
    let jobs: [String]
    let logFile: URL?

    init(after limit: Duration, jobs: [String], log: URL?) {
        after = limit
        self.jobs = jobs
        logFile = log
    }

    /// Ours.
    public var blame: Blame { .harness }
    /// The log of the wait.
    public var log: String? { logFile?.path }
    /// About boots that hang.
    public var runbook: Runbook? { .bootHangs }
    /// To give it more time.
    public var remedy: String? {
        "find out what these jobs wait for; if they need that long, raise BOMA_IT_TIME_FACTOR"
    }

    /// What was waited for and what was running still.
    public var description: String {
        "cloud-init and systemd were not done after \(after.forPeople)"
            + (jobs.isEmpty ? "" : "; still running: \(jobs.joined(separator: "; "))")
    }
}
