import Foundation
import Synchronization

/// Runs commands on this machine, writes what they say to files and keeps a line about each in `commands.jsonl`.
public final class SystemCommandRunner: CommandRunner {
    let logs: URL
    private let environment: [String: String]
    private let counter = Mutex(0)
    private let show: @Sendable (String) -> Void

    /// - Parameters:
    ///   - logs: folder for the output of the commands; made when missing.
    ///   - environment: all that a tool gets to see of the environment.
    ///   - show: is called with each line of a command that is shown live.
    public init(logs: URL, environment: [String: String], show: @escaping @Sendable (String) -> Void = { _ in }) throws
    {
        self.logs = logs
        self.environment = environment
        self.show = show
        try FileManager.default.createDirectory(
            at: logs, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Runs the command; its whole output lies in the log that the result names, unless it is a poll.
    public func run(_ command: Command) async throws -> CommandResult {
        try Interruption.shared.checkEnding()
        let words = try command.wrapper.prefix(1).map(locate) + command.wrapper.dropFirst() + [locate(command.tool)]
        let number = counter.withLock { number in
            number += 1
            return number
        }
        let name = String(format: "%04d-", number) + URL(filePath: command.tool).lastPathComponent
        let memory = command.tellsSecrets ? (output: try MemoryFile(), errors: try MemoryFile()) : nil
        let output = memory?.output.url ?? logs.appending(path: "\(name).out")
        let errors = memory?.errors.url ?? logs.appending(path: "\(name).err")
        // It may be a key.
        let input = try command.input.map { try MemoryFile($0) }

        let start = ContinuousClock.now
        let started = Date()
        let child = try ChildProcess(
            path: words[0], arguments: words.dropFirst() + command.arguments,
            environment: environment.merging(command.environment) { $1 }
                .merging(StrayProcesses.marks(for: command)) { $1 },
            input: input?.path ?? "/dev/null", output: output.path, errors: errors.path)
        let follower = command.isShownLive ? OutputFollower(files: [output, errors], show: show) : nil
        let ending = await wait(for: child, command, outputs: [output, errors])
        await follower?.finish()

        // What is returned is as the tool said it, for parsing; what stays on disk is not.
        defer { if memory == nil { for file in [output, errors] { Redactor.shared.redact(file: file) } } }
        let result = CommandResult(
            command: command, ending: ending, duration: .now - start,
            output: tail(of: output, bytes: command.keptOutput),
            errorOutput: tail(of: errors, bytes: command.keptOutput),
            log: command.isPoll || memory != nil ? nil : output)
        if command.isPoll, memory == nil {
            try? FileManager.default.removeItem(at: output)
            try? FileManager.default.removeItem(at: errors)
        } else if !command.isPoll {
            record(result, started: started)
        }
        try Task.checkCancellation()
        try Interruption.shared.checkEnding()
        return result
    }

    /// Removes the folder with all logs; for commands that nobody will read about.
    public func removeLogs() {
        try? FileManager.default.removeItem(at: logs)
    }

    private func wait(for child: ChildProcess, _ command: Command, outputs: [URL]) async -> CommandResult.Ending {
        // Why it was ended, when it was us.
        let reason = EndedByUs()
        let watchdog = Task {
            try await pause(for: command.limit)
            reason.note(.timedOut(command.limit)) { child.signal(SIGTERM) }
            try await child.killAfterGrace()
        }
        let scales = Task {
            while !outputs.contains(where: { FileAttributes.size(of: $0) > command.outputLimit }) {
                try await pause(for: .milliseconds(500))
            }
            reason.note(.tooMuchOutput(command.outputLimit)) { child.signal(SIGKILL) }
        }
        let ending = await withTaskCancellationHandler {
            await child.ending()
        } onCancel: {
            Task { try await child.terminate() }
        }
        watchdog.cancel()
        scales.cancel()
        for output in outputs where FileAttributes.size(of: output) > command.outputLimit {
            try? FileHandle(forUpdating: output).truncate(atOffset: UInt64(command.outputLimit))
            // It was faster than the scales, and its answer is not whole.
            reason.note(.tooMuchOutput(command.outputLimit)) { true }
        }
        // Whatever it made of our signal: many tools end with a status of their own then.
        return reason.ending ?? ending
    }

    private func locate(_ tool: String) throws -> String {
        guard let found = ToolSearch.find(tool, path: environment["PATH"] ?? "") else {
            throw MissingToolError(tool: tool)
        }
        return found
    }

    private func tail(of file: URL, bytes: Int) -> String {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return "" }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        try? handle.seek(toOffset: size > UInt64(bytes) ? size - UInt64(bytes) : 0)
        return String(decoding: (try? handle.read(upToCount: bytes)) ?? Data(), as: UTF8.self)
    }

    private func record(_ result: CommandResult, started: Date) {
        let entry = CommandLogEntry(
            started: started, seconds: result.duration.inSeconds, command: Redactor.shared.redact(result.command.line),
            ending: "\(result.ending)", log: result.log?.lastPathComponent)
        guard var line = try? JSONCoding.line(entry) else { return }
        line.append(0x0A)
        let file = logs.appending(path: "commands.jsonl")
        counter.withLock { _ in
            if !FileManager.default.fileExists(atPath: file.path) {
                try? PrivateFile.write(Data(), to: file)
            }
            guard let handle = try? FileHandle(forWritingTo: file) else { return }
            defer { try? handle.close() }
            _ = try? handle.seekToEnd()
            try? handle.write(contentsOf: line)
        }
    }
}

/// Why a tool was ended by us; the first reason counts.
private final class EndedByUs: Sendable {
    private let first = Mutex<CommandResult.Ending?>(nil)

    var ending: CommandResult.Ending? { first.withLock { $0 } }

    /// Notes the reason for a signal, unless the tool had ended before it.
    ///
    /// - Parameter signal: sends it; returns whether the tool was still running.
    func note(_ ending: CommandResult.Ending, signal: () -> Bool) {
        // Under the lock: whoever asks meanwhile has to know whether it counts.
        first.withLock { first in
            if signal() { first = first ?? ending }
        }
    }
}

/// One line of `commands.jsonl`.
struct CommandLogEntry: Codable {
    let started: Date
    let seconds: Double
    let command: String
    let ending: String
    let log: String?
}
