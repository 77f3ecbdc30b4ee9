import Foundation

/// A tool that had to succeed did not.
public struct CommandError: Error, CustomStringConvertible, Sendable {
    /// What was being done.
    public let purpose: String
    /// How the tool ended.
    public let result: CommandResult
    /// What to do about it, when that is known.
    public let hint: String?

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
        let tail = words.split(whereSeparator: \.isNewline).suffix(12).map { "    \(printable($0))" }
        if !tail.isEmpty { lines += ["  last lines:"] + tail }
        if let log = result.log { lines.append("  full log: \(log.path)") }
        if let hint { lines.append("  hint: \(hint)") }
        return Redactor.shared.redact(lines.joined(separator: "\n"))
    }
}

/// Foreign text of several lines with everything that a terminal would obey made visible.
public func harmless(_ text: String) -> String {
    let text = Redactor.shared.redact(text)
    func acts(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar != "\n", scalar != "\t" else { return false }
        // Most text is plain, and asking Unicode about each letter of megabytes takes its time.
        if scalar.value < 0x7F { return scalar.value < 0x20 }
        return [.control, .format].contains(scalar.properties.generalCategory)
    }
    guard text.unicodeScalars.contains(where: acts) else { return text }
    var plain = ""
    for scalar in text.unicodeScalars {
        // The end of a line as Windows and terminals write it is no harm.
        if scalar == "\r" { continue }
        if acts(scalar) {
            plain += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            plain.unicodeScalars.append(scalar)
        }
    }
    return plain
}

/// A line of foreign output with everything that a terminal would obey made visible, cut at 400 characters.
public func printable(_ line: some StringProtocol) -> String {
    var text = ""
    // Before it is cut: half a secret would not be known any more.
    for scalar in Redactor.shared.redact(String(line)).unicodeScalars.prefix(400) {
        switch scalar.properties.generalCategory {
        case .control where scalar != "\t", .format: text += "\\u{\(String(scalar.value, radix: 16))}"
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text
}
