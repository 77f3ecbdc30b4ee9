import Foundation

/// What a playbook run did to each host, from the events that our callback wrote.
public struct PlayRecap: Sendable, Equatable {
    /// Counters of one host.
    public struct Counts: Codable, Sendable, Equatable {
        /// Tasks that succeeded.
        public var ok: Int
        /// Tasks that changed something.
        public var changed: Int
        /// Tasks that failed.
        public var failures: Int
        /// Times that the host could not be reached.
        public var unreachable: Int
        /// Tasks that were skipped.
        public var skipped: Int
    }

    /// Counters by host.
    public let hosts: [String: Counts]
    /// Names of the tasks that changed something, in order.
    public let changedTasks: [String]
    /// The tasks that failed and were not ignored.
    public let failedTasks: [FailedTask]

    private struct Event: Decodable {
        let event: String
        var task: String?
        var changed: Bool?
        var ignored: Bool?
        var message: String?
        var place: String?
        var hosts: [String: Counts]?
    }

    /// Parses the events.
    ///
    /// - Throws: ``HarnessTrouble`` when the final counters are missing: Ansible did not get to its end.
    public init(events: String) throws {
        var hosts: [String: Counts]?
        var changed: [String] = []
        var failed: [FailedTask] = []
        let decoder = JSONDecoder()
        for line in events.split(whereSeparator: \.isNewline) {
            guard let event = try? decoder.decode(Event.self, from: Data(line.utf8)) else { continue }
            switch event.event {
            case "ok" where event.changed == true: changed.append(event.task ?? "?")
            case "failed" where event.ignored != true:
                failed.append(FailedTask(name: event.task ?? "?", message: event.message, place: event.place))
            case "unreachable":
                failed.append(FailedTask(name: event.task ?? "?", message: event.message, place: event.place))
            case "stats": hosts = event.hosts
            default: break
            }
        }
        guard let hosts else {
            throw HarnessTrouble(
                "Ansible's result", why: "Ansible ended without its final counters",
                fix: "read the play's log in the run directory")
        }
        self.hosts = hosts
        changedTasks = changed
        failedTasks = failed
    }
}
