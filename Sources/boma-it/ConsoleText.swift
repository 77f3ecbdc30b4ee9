import Foundation
import VMHarness

/// Lines of a serial console, without what they would do to a terminal.
enum ConsoleText {
    /// Without colours and cursor movements; any other control character is made visible.
    static func plain(_ line: String) -> String {
        let escapes = #"\x1B(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(\x07|\x1B\\)|[ -/]*[0-~])"#
        let text = line.replacingOccurrences(of: escapes, with: "", options: .regularExpression)
            .replacingOccurrences(of: "\r", with: "")
        return printable(text)
    }
}
