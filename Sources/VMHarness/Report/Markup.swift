import Foundation

/// Foreign text on its way into HTML, XML or a sentence: bounded, and nothing in it can act.
enum Markup {
    /// The text for an element or a quoted attribute of HTML and XML.
    ///
    /// Control characters, bidirectional overrides and what else can't be seen are spelt out, so that a guest can
    /// neither hide text nor reorder it; what XML 1.0 forbids is among them.
    static func escape(_ text: some StringProtocol, limit: Int = 400) -> String {
        var escaped = ""
        for scalar in cut(text, to: limit).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case _ where Invisible.contains(scalar): escaped += Invisible.spelled(scalar)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The same for a quoted attribute of XML, where a parser would turn line ends into spaces.
    static func attribute(_ text: some StringProtocol, limit: Int = 400) -> String {
        escape(text, limit: limit).replacingOccurrences(of: "\n", with: "&#10;")
            .replacingOccurrences(of: "\t", with: "&#9;")
    }

    /// The address of a file relative to a page, or `nil` when the path does not lead downwards from it.
    static func link(_ path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard path.utf8.count < 4096, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
        // The dot in front keeps `javascript:x` from being anything but a file name.
        return "./"
            + path.utf8.map { byte in
                let isPlain = plain.contains(byte)
                return isPlain ? String(UnicodeScalar(byte)) : String(format: "%%%02X", Int(byte))
            }.joined()
    }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/".utf8)
}
