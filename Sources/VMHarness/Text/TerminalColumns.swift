/// How much room text takes in a terminal.
enum TerminalColumns {
    /// The text, or as much of its beginning as fits into so many columns, and a sign that more is missing.
    ///
    /// - Parameter text: one line without control characters.
    static func fitted(_ text: String, columns: Int) -> String {
        guard width(of: text) > columns else { return text }
        var room = columns - 1
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            room -= width(of: scalar)
            guard room >= 0 else { break }
            line.append(scalar)
        }
        return columns > 0 ? String(line) + "…" : ""
    }

    private static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
    }

    /// Unicode's East Asian wide characters and emoji take two columns (UAX 11). The ranges are rough: what is taken for
    /// wider than it is only makes a line shorter.
    private static func width(of scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0..<0x300: 1
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFFE6,
            0x1F000...0x3FFFF:
            2
        default:
            [.nonspacingMark, .enclosingMark].contains(scalar.properties.generalCategory) ? 0 : 1
        }
    }
}
