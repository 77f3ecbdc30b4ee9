import Foundation

/// Foreign text of several lines with everything that a terminal would obey made visible.
public func harmless(_ text: String) -> String {
    // Works on bytes: letter by letter, megabytes take half a minute in a debug build, as tests are.
    let bytes = Array(Redactor.shared.redact(text).utf8)
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var copied = 0
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        if (0x20..<0x7F).contains(byte) || byte == 0x0A || byte == 0x09 {
            index += 1
            continue
        }
        // A string's bytes are valid UTF-8, so the first one tells how many belong together.
        let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        let scalar = String(decoding: bytes[index..<index + length], as: UTF8.self).unicodeScalars.first
        if let scalar, [.control, .format].contains(scalar.properties.generalCategory) {
            plain += bytes[copied..<index]
            // Line ends of Windows and terminals (CR LF) are harmless.
            if scalar != "\r" { plain += Array("\\u{\(String(scalar.value, radix: 16))}".utf8) }
            copied = index + length
        }
        index += length
    }
    plain += bytes[copied...]
    return String(decoding: plain, as: UTF8.self)
}

/// A line of foreign output with everything that a terminal would obey made visible, cut at 400 characters.
public func printable(_ line: some StringProtocol) -> String {
    var text = ""
    // Redact before cutting: half a secret would not be recognised.
    for scalar in Redactor.shared.redact(String(line)).unicodeScalars.prefix(400) {
        switch scalar.properties.generalCategory {
        case .control where scalar != "\t", .format: text += "\\u{\(String(scalar.value, radix: 16))}"
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text
}
