import Foundation
import VMHarness

/// Where words go: answers to standard output and nothing else there, all the rest to standard error.
struct Terminal: Sendable {
    /// Whether answers may be coloured.
    let isColoured: Bool

    enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case bold = "1"
    }

    init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// The terminal of this process.
    static var current: Terminal {
        Terminal(isColoured: TerminalSettings().allowsColour && isatty(STDOUT_FILENO) == 1)
    }

    func coloured(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Writes an answer and a newline.
    ///
    /// - Throws: when it can't be written, as on a full disk. A closed pipe ends the process before that.
    func answer(_ text: String) throws {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
        } catch {
            throw HarnessTrouble("the answer", why: "can't be written", fix: "check where standard output goes")
        }
    }

    /// Writes an answer as JSON.
    func answer(json value: some Encodable) throws {
        try answer(String(decoding: try JSONCoding.document(value), as: UTF8.self))
    }

    /// Says what is going on.
    @Sendable static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    /// Says why it does not go on.
    static func complain(_ text: String) {
        note("boma-it: \(harmless(text))")
    }
}
