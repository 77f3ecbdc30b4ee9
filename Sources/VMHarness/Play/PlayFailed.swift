import Foundation

/// A task that failed and was not ignored.
public struct FailedTask: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// What Ansible says of it.
    public var message: String?
    /// File and line, such as `roles/base/tasks/main.yml:12`.
    public var place: String?

    /// Name, place and message, in one line.
    public var line: String {
        let place = place.map { " (\($0))" } ?? ""
        let message = message.map { ": \($0)" } ?? ""
        return printable("task '\(name)'\(place)\(message)")
    }
}

/// A task of the playbook failed on the machine.
public struct PlayFailed: BlamedError, CustomStringConvertible, Sendable {
    /// The playbook.
    public let playbook: String
    /// Name of this run of it.
    public let name: String
    /// Tasks that failed.
    public let tasks: [FailedTask]
    /// How Ansible ended.
    public let result: CommandResult

    /// The playbook's.
    public var blame: Blame { .playbook }
    /// Ansible's whole output.
    public var log: String? { result.log?.path }
    /// What brings what is missing, else where to look.
    public var remedy: String? {
        tasks.last?.message.flatMap(AnsibleRemedy.find) ?? "read the play's log"
    }
    /// About plays that fail.
    public var runbook: Runbook? { .playFails }
    /// The task that failed last, with Ansible's own message: earlier ones may have been rescued.
    public var headline: String {
        let more = tasks.count > 1 ? " (and \(tasks.count - 1) more)" : ""
        return "its playbook \(playbook) failed in \(tasks.last?.line ?? "no task that is known")\(more)"
    }

    /// The failed tasks, Ansible's last lines and its log.
    public var description: String {
        let tail = result.output.split(whereSeparator: \.isNewline).suffix(15).map { "    \(printable($0))" }
        let failed = tasks.isEmpty ? ["(no task)"] : tasks.map(\.line)
        return """
            play '\(name)' of \(playbook) failed in: \(failed.joined(separator: ", "))
            \(tail.joined(separator: "\n"))
              full log: \(result.log?.path ?? "-")
            """
    }
}
