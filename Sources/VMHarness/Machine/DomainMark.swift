import Foundation

/// Our mark on a domain: metadata in a namespace of our own. A domain without it is not ours, whatever its name.
enum DomainMark {
    static let namespace = "urn:boma-it:machine:1"

    /// The definition with the mark, a generation id (by which a guest's kernel notices that it was restored), and for
    /// emulation a larger translation buffer (QEMU's default makes boots slower).
    static func mark(_ xml: String, folder: URL, accelerator: Accelerator) throws -> String {
        guard let end = xml.range(of: "</name>") else {
            throw HarnessTrouble(
                "virt-install", why: "printed a definition without a name", fix: "run with another version of virtinst")
        }
        var marked = xml
        marked.insert(
            contentsOf: """

                  <metadata><boma-it:machine xmlns:boma-it="\(namespace)" folder="\(escaped(folder.path))"/></metadata>
                  <genid/>
                """, at: end.upperBound)
        if accelerator == .tcg, let features = marked.range(of: "</features>") {
            marked.insert(
                contentsOf: "  <tcg><tb-cache unit=\"MiB\">1024</tb-cache></tcg>\n  ", at: features.lowerBound)
        }
        return marked
    }

    /// The folder that the mark in a definition names; `nil` when it bears none.
    static func folder(in xml: String) -> URL? {
        guard let mark = xml.range(of: namespace),
            let start = xml.range(of: "folder=", range: mark.upperBound..<xml.endIndex)
        else { return nil }
        let rest = xml[start.upperBound...]
        guard let quote = rest.first, let end = rest.dropFirst().firstIndex(of: quote) else { return nil }
        let path = rest[rest.index(after: rest.startIndex)..<end]
        return URL(
            filePath: path.replacingOccurrences(of: "&amp;", with: "&").replacingOccurrences(of: "&lt;", with: "<"))
    }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: "\"", with: "&quot;")
    }
}
