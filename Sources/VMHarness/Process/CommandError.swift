import Foundation

/// A tool that had to succeed did not.
public struct CommandError: BlamedError, CustomStringConvertible, Sendable {
    /// What was being done.
    public let purpose: String
    /// How the tool ended.
    public let result: CommandResult
    /// What to do about it, when that is known.
    public let hint: String?

    /// Ours: a tool that could not do its work says nothing about the host.
    public var blame: Blame { .harness }
    /// The whole output.
    public var log: String? { result.log?.path }
    /// The hint.
    public var remedy: String? { hint }

    /// What was being done, how the tool ended, its last words, and where the rest is.
    public var description: String {
        let ending =
            switch result.ending {
            case .exited(let status): "exited with \(status)"
            case .signalled(let signal): "was ended by signal \(signal)"
            case .timedOut(let limit): "was ended after \(limit.forPeople)"
            case .tooMuchOutput(let bytes): "was ended because it wrote more than \(bytes >> 20) MiB"
            }
        var lines = ["\(purpose) failed: \(result.command.tool) \(ending)", "  command: \(result.command.line)"]
        let words = result.errorOutput.isEmpty ? result.output : result.errorOutput
        let tail = words.utf8.split { $0 == 0x0A || $0 == 0x0D }.suffix(12).map { "    \(printable(Substring($0)))" }
        if !tail.isEmpty { lines += ["  last lines:"] + tail }
        if let log = result.log { lines.append("  full log: \(log.path)") }
        if let hint { lines.append("  hint: \(hint)") }
        return Redactor.shared.redact(lines.joined(separator: "\n"))
    }
}
