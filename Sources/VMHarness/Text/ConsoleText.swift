import Foundation

/// Lines of a serial console, without what they would do to a terminal.
public enum ConsoleText {
    /// Without colours, cursor movements and titles (ECMA-48); any other control character is made visible.
    public static func plain(_ line: String) -> String {
        let escapes = #"\x1B(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(\x07|\x1B\\)|[ -/]*[0-~])"#
        let text = line.replacingOccurrences(of: escapes, with: "", options: .regularExpression)
            .replacingOccurrences(of: "\r", with: "")
        return printable(text)
    }
}
