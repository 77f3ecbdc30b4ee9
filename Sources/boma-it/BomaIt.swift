import Foundation
import VMHarness

/// The command line: a thin layer over the library.
@main
struct BomaIt {
    static let version = "0.5.0"
    /// Date of that version, for the man page.
    static let released = "2026-11-24"

    static func main() async {
        // A reader that has seen enough, such as head, ends us without a word.
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
            // Who pressed Ctrl-C needs no word about it.
            return .interrupted
        } catch {
            Terminal.complain("\(error)")
            return ExitStatus(error)
        }
    }
}
