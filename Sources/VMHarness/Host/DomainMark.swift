import Foundation

/// Our mark on a domain: metadata in a namespace of our own. A domain without it is not ours, whatever its name.
struct DomainMark: Sendable, Equatable {
    static let namespace = "urn:boma-it:machine:1"

    /// Folder of the machine.
    var folder: URL
    /// Run that made it; like all that follows missing in marks of earlier versions.
    var run: String?
    /// Host that it is.
    var subject: String?
    /// Process that made it.
    var owner: ProcessIdentity?
    /// User that it belongs to.
    var user: String?
    /// When it was made.
    var created: String?
    /// Why it was kept; `nil` while its run goes on.
    var keptBecause: String?

    /// A mark that says only where the machine lies.
    init(folder: URL) { self.folder = folder }

    /// The mark of a machine of this user.
    init(_ record: MachineRecord, folder: URL) {
        self.folder = folder
        run = record.run
        subject = record.subject
        owner = record.owner
        user = NSUserName()
        created = record.created.ISO8601Format()
        keptBecause = record.keptBecause
    }

    // MARK: - Writing

    /// As an element of a definition's `<metadata>`.
    var element: String { "<boma-it:machine xmlns:boma-it=\"\(Self.namespace)\"\(attributes)/>" }

    private var attributes: String {
        let values: [(String, String?)] = [
            ("folder", folder.path), ("run", run), ("subject", subject), ("owner", owner?.text), ("user", user),
            ("created", created),
            ("kept", keptBecause.map { printable($0.split(whereSeparator: \.isNewline).first ?? "yes") }),
        ]
        return values.compactMap { name, value in value.map { " \(name)=\"\(Self.escaped($0))\"" } }.joined()
    }

    /// The definition with the mark, a generation id (by which a guest's kernel notices that it was restored), and for
    /// emulation a larger translation buffer (QEMU's default makes boots slower).
    func marking(_ xml: String, accelerator: Accelerator) throws -> String {
        guard let end = xml.range(of: "</name>") else {
            throw HarnessTrouble(
                "virt-install", why: "printed a definition without a name", fix: "run with another version of virtinst")
        }
        var marked = xml
        marked.insert(
            contentsOf: """

                  <metadata>\(element)</metadata>
                  <genid/>
                """, at: end.upperBound)
        if accelerator == .tcg, let features = marked.range(of: "</features>") {
            marked.insert(
                contentsOf: "  <tcg><tb-cache unit=\"MiB\">1024</tb-cache></tcg>\n  ", at: features.lowerBound)
        }
        return marked
    }

    /// A marked definition with this mark instead of its own; unchanged when it bears none.
    func replacing(in xml: String) -> String {
        guard let old = Self.range(in: xml) else { return xml }
        return xml.replacingCharacters(in: old, with: element)
    }

    /// Writes the mark into the metadata of a domain, running or not.
    func write(to domain: String, virsh: Virsh) async throws {
        let set = [
            "metadata", domain, "--uri", Self.namespace, "--key", "boma-it", "--set", "<machine\(attributes)/>",
        ]
        // A restored domain has no other definition than the live one, and one that is off only the other.
        if try await virsh.run(set + ["--live", "--config"]).succeeded { return }
        try await virsh.run(set + ["--current"]).requireSuccess("writing the mark of \(domain)")
    }

    // MARK: - Reading

    /// Reads the mark in a definition; `nil` when it bears none.
    init?(in xml: String) {
        guard let range = Self.range(in: xml) else { return nil }
        var values: [String: String] = [:]
        // In a definition that libvirt has written, no value holds a bare quote, '<' or '>'.
        for part in xml[range].matches(of: /([A-Za-z:-]+)=("([^"]*)"|'([^']*)')/) {
            values[String(part.1)] = Self.unescaped(String(part.3 ?? part.4 ?? ""))
        }
        guard values["xmlns:boma-it"] == Self.namespace, let path = values["folder"] else { return nil }
        folder = URL(filePath: path)
        run = values["run"]
        subject = values["subject"]
        owner = values["owner"].flatMap(ProcessIdentity.init(text:))
        user = values["user"]
        created = values["created"]
        keptBecause = values["kept"]
    }

    /// The folder that the mark in a definition names; `nil` when it bears none.
    static func folder(in xml: String) -> URL? { DomainMark(in: xml)?.folder }

    private static func range(in xml: String) -> Range<String.Index>? {
        guard let start = xml.range(of: "<boma-it:machine "), let end = xml[start.upperBound...].firstIndex(of: ">")
        else { return nil }
        return start.lowerBound..<xml.index(after: end)
    }

    private static let entities = [("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;"), ("&", "&amp;")]

    private static func escaped(_ text: String) -> String {
        entities.reversed().reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }

    private static func unescaped(_ text: String) -> String {
        entities.reduce(text) { $0.replacingOccurrences(of: $1.1, with: $1.0) }
    }
}
