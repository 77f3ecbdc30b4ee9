import Foundation
import Synchronization

/// Keeps secret values out of everything that is written or shown, in the forms in which tools repeat them.
///
/// One for the process: errors, logs and reports are written in many places, and what is secret is secret in all of them.
/// Files are only ever redacted as a whole, and what is shown live by whole lines, so that no secret is missed because it
/// came in two pieces.
public final class Redactor: Sendable {
    /// The one of the process.
    public static let shared = Redactor()
    /// What stands in place of a secret.
    public static let mask = "[secret]"
    /// Shorter values are left alone: they would be found in ordinary words and numbers.
    public static let minimum = 8
    /// Files above this many bytes are not read; nothing of ours writes such.
    private static let largestFile = 64 << 20

    private let known = Mutex<(values: Set<String>, forms: [Data], texts: [String])>(([], [], []))

    /// An empty one.
    public init() {}

    /// Learns secret values; of a text with several lines each line, too.
    ///
    /// - Returns: whether one of them was new, so that what was written before may hold it.
    @discardableResult
    public func learn(_ values: some Sequence<String>) -> Bool {
        let long = values.flatMap { [$0] + $0.split(whereSeparator: \.isNewline).map(String.init) }
            .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            // Lines such as BEGIN and END are in every key.
            .filter { $0.utf8.count >= Self.minimum && !$0.hasPrefix("-----") || $0.contains("\n") }
        return known.withLock { known in
            let new = Set(long).subtracting(known.values)
            guard !new.isEmpty else { return false }
            known.values.formUnion(new)
            // Longest first: a secret may be part of another.
            known.texts = Set(known.values.flatMap(Self.forms)).sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
            known.forms = known.texts.map { Data($0.utf8) }
            return true
        }
    }

    /// A text without the secrets.
    public func redact(_ text: String) -> String {
        let forms = known.withLock { $0.texts }
        guard !forms.isEmpty else { return text }
        return forms.reduce(text) { $0.contains($1) ? $0.replacingOccurrences(of: $1, with: Self.mask) : $0 }
    }

    /// Takes the secrets out of a file.
    public func redact(file: URL) {
        let forms = known.withLock { $0.forms }
        guard !forms.isEmpty, let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey]),
            values.isRegularFile == true, (values.fileSize ?? 0) <= Self.largestFile,
            var data = try? Data(contentsOf: file)
        else { return }
        // Overwrite in place with the same length: owner, mode and the position of writers must stay.
        var handle: FileHandle?
        defer { try? handle?.close() }
        for form in forms {
            let mask = Data(Self.mask.padding(toLength: form.count, withPad: "*", startingAt: 0).utf8)
            var from = data.startIndex
            while let found = data.range(of: form, in: from..<data.endIndex) {
                data.replaceSubrange(found, with: mask)
                from = found.upperBound
                handle = handle ?? (try? FileHandle(forUpdating: file))
                try? handle?.seek(toOffset: UInt64(found.lowerBound))
                try? handle?.write(contentsOf: mask)
            }
        }
    }

    /// Redacts every file below a folder.
    public func redact(folder: URL) {
        guard known.withLock({ !$0.values.isEmpty }) else { return }
        let walk = FileManager.default.enumerator(
            at: folder, includingPropertiesForKeys: [.fileSizeKey, .isRegularFileKey], options: [])
        for case let file as URL in walk ?? .init() { redact(file: file) }
    }

    // MARK: - Forms

    /// A value as it is, and as JSON, shells, markup, addresses and base64 repeat it.
    static func forms(of secret: String) -> Set<String> {
        var forms: Set<String> = [secret]
        if let json = try? JSONEncoder().encode(secret) {
            let body = String(decoding: json, as: UTF8.self).dropFirst().dropLast()
            forms.formUnion([String(body), body.replacingOccurrences(of: "\\/", with: "/")])
        }
        forms.insert(secret.replacingOccurrences(of: "'", with: "'\\''"))
        let markup = secret.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;")
        forms.formUnion([
            markup, markup.replacingOccurrences(of: "\"", with: "&quot;"),
            markup.replacingOccurrences(of: "\"", with: "&quot;").replacingOccurrences(of: "'", with: "&#39;"),
        ])
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        for allowed in [unreserved, unreserved.union(CharacterSet(charactersIn: "/"))] {
            guard let encoded = secret.addingPercentEncoding(withAllowedCharacters: allowed) else { continue }
            forms.formUnion([
                encoded, encoded.replacingOccurrences(of: "%20", with: "+"),
                encoded.replacing(/%[0-9A-F]{2}/) { $0.output.lowercased() },
            ])
        }
        for shift in 0..<3 {
            let core = base64Core(of: secret, after: shift)
            guard core.utf8.count >= minimum else { continue }
            forms.formUnion([
                core, core.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_"),
            ])
        }
        return forms
    }

    /// The part of a base64 text that only the secret decides, when it stands behind `shift` other bytes (modulo 3).
    private static func base64Core(of secret: String, after shift: Int) -> String {
        let bytes = [UInt8](repeating: 0, count: shift) + Array(secret.utf8)
        let text = Data(bytes).base64EncodedString()
        return String(text.dropFirst([0, 2, 3][shift]).dropLast([0, 3, 2][bytes.count % 3]))
    }
}
