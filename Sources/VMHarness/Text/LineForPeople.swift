import Foundation

/// The text, or its beginning and how much is missing.
func cut(_ text: some StringProtocol, to limit: Int) -> String {
    // Count scalars: one hostile character may consist of a million of them.
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
        end != scalars.endIndex
    else { return String(text) }
    return String(text[..<end]) + "… (\(text[end...].utf8.count) bytes more)"
}

/// Foreign text as part of one sentence: line ends become spaces, what can't be seen is spelt out.
func lineForPeople(_ text: some StringProtocol, limit: Int) -> String {
    var line = ""
    for scalar in cut(text, to: limit).unicodeScalars {
        if scalar == "\n" || scalar == "\t" {
            line += " "
        } else if Invisible.contains(scalar) {
            line += Invisible.spelled(scalar)
        } else {
            line.unicodeScalars.append(scalar)
        }
    }
    return line
}
