import Foundation

/// Foreign text of several lines with everything that a terminal would obey made visible.
public func harmless(_ text: String) -> String {
    // By bytes: going through megabytes letter by letter takes half a minute in a debug build, and tests are one.
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
            // The end of a line as Windows and terminals write it is no harm.
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
    // Before it is cut: half a secret would not be known any more.
    for scalar in Redactor.shared.redact(String(line)).unicodeScalars.prefix(400) {
        switch scalar.properties.generalCategory {
        case .control where scalar != "\t", .format: text += "\\u{\(String(scalar.value, radix: 16))}"
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text
}
