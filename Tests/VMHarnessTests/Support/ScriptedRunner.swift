import Foundation
import Synchronization

@testable import VMHarness

/// Records commands and answers them by a rule instead of running them.
final class ScriptedRunner: CommandRunner {
    private let rule: @Sendable (Command) -> (status: Int32, output: String)
    private let seen = Mutex<[Command]>([])

    init(_ rule: @escaping @Sendable (Command) -> (status: Int32, output: String)) {
        self.rule = rule
    }

    var commands: [Command] { seen.withLock { $0 } }

    func run(_ command: Command) async throws -> CommandResult {
        seen.withLock { $0.append(command) }
        let answer = rule(command)
        return CommandResult(
            command: command, ending: .exited(answer.status), duration: .zero, output: answer.output,
            errorOutput: answer.status == 0 ? "" : answer.output, log: nil)
    }
}
