import Foundation
import VMHarness

/// The command line: a thin layer over the library.
@main
struct BomaIt {
    static let version = "0.5.0"
    /// Date of that version, for the man page.
    static let released = "2026-11-24"

    static func main() async {
        // If a reader such as head closes the pipe, end silently.
        signal(SIGPIPE, SIG_DFL)
        let status = await status(of: Array(CommandLine.arguments.dropFirst()))
        Interruption.shared.letEndingFinish()
        exit(status.rawValue)
    }

    private static func status(of arguments: [String]) async -> ExitStatus {
        let terminal = Terminal.current
        do {
            switch try ArgumentParser(commands: CommandTable.all).parse(arguments) {
            case .run(let invocation): return try await invocation.command.run(invocation, terminal)
            case .version: try terminal.answer("boma-it \(version)")
            case .help(let command):
                let help = HelpText(commands: CommandTable.all)
                try terminal.answer(command.map(help.command) ?? help.program)
            }
            return .done
        } catch is CancellationError {
            // Whoever pressed Ctrl-C needs no message.
            return .interrupted
        } catch {
            Terminal.complain("\(error)")
            return ExitStatus(error)
        }
    }
}
