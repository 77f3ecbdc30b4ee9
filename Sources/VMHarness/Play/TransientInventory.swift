import Foundation

/// The generated inventory: one host with its groups. Its variables stay where they are, in the repository's
/// `group_vars` and `host_vars`, so that vault values stay encrypted.
struct TransientInventory {
    let subject: String
    let groups: [String: JSONValue]

    /// Takes one host out of what `ansible-inventory --list --export` says about a repository, read without
    /// `group_vars` and `host_vars`: what is written in the inventory file itself.
    ///
    /// - Throws: ``HarnessTrouble`` when the inventory doesn't have the host.
    init(subject: String, export: String, inventory: URL) throws {
        let all: [String: JSONValue]
        do {
            all = try JSONDecoder().decode([String: JSONValue].self, from: Data(export.utf8))
        } catch {
            throw HarnessTrouble(
                "inventory \(inventory.path)", why: "ansible-inventory's answer can't be read (\(error))",
                fix: "try ansible-inventory --list --export with it")
        }
        guard let tree = Self.prune("all", of: all, to: subject, seen: []) else {
            let known = Set(all.values.flatMap { Self.names($0["hosts"]) }).sorted()
            throw HarnessTrouble(
                "host '\(subject)'", why: "is not in the inventory \(inventory.path)",
                fix: known.isEmpty
                    ? "it has no hosts; ansible-inventory --list shows what Ansible reads"
                    : "choose one of \(known.prefix(20).map { printable($0) }.joined(separator: ", "))")
        }
        self.subject = subject
        groups = ["all": tree]
    }

    /// The group without other hosts, and without child groups that the host isn't in; `nil` when it isn't in the group.
    private static func prune(_ group: String, of all: [String: JSONValue], to subject: String, seen: Set<String>)
        -> JSONValue?
    {
        guard let entry = all[group], !seen.contains(group) else { return nil }
        var result: [String: JSONValue] = [:]
        if names(entry["hosts"]).contains(subject) {
            let variables = all["_meta"]?["hostvars"]?[subject] ?? .object([:])
            result["hosts"] = .object([subject: variables])
        }
        var children: [String: JSONValue] = [:]
        for child in names(entry["children"]) {
            if let kept = prune(child, of: all, to: subject, seen: seen.union([group])) { children[child] = kept }
        }
        if !children.isEmpty { result["children"] = .object(children) }
        guard !result.isEmpty else { return nil }
        result["vars"] = entry["vars"]
        return .object(result)
    }

    private static func names(_ value: JSONValue?) -> [String] {
        guard case .array(let list) = value else { return [] }
        return list.compactMap(\.text)
    }

    /// Writes `hosts.json` and links the repository's variables beside it.
    func write(in folder: URL, variablesFolder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(JSONValue.object(groups).json.utf8).write(to: folder.appending(path: "hosts.json"))
        for name in ["group_vars", "host_vars"] {
            let real = variablesFolder.appending(path: name)
            guard FileManager.default.fileExists(atPath: real.path) else { continue }
            let link = folder.appending(path: name)
            try? FileManager.default.removeItem(at: link)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
        }
    }
}
