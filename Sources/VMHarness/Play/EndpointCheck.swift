import Foundation

/// Safety invariant 2: no variable of a play leads to a real endpoint, and those that carry one have a value. Also: what has
/// to come from the vault does.
///
/// Judges what ``MergedVariables`` has found.
struct EndpointCheck {
    let subject: String
    let tree: AnsibleTree
    let overrides: URL
    /// Variables of `BOMA_IT_EXTRA_VARS` and of the scenario, by where they come from.
    let extra: [(source: String, variables: [String: JSONValue])]

    struct Finding: Decodable, Equatable {
        var variable: String
        var problem: String
        var endpoint: String?
        var encrypted: Bool?
        var kind: String?
        /// A role's or the playbook's own file that sets it, when that is known.
        var file: String?
    }

    /// - Throws: ``HarnessTrouble`` when there is any finding: variable, file and endpoint, nothing else of the value.
    func judge(_ findings: [Finding]) throws {
        if let plain = findings.first(where: { $0.problem == "plain" }) {
            let name = printable(plain.variable)
            throw HarnessTrouble(
                "variable \(name)",
                why: "has a value that is not from the vault (\(plain.file.map { printable($0) } ?? source(of: name)))",
                fix: "encrypt it with ansible-vault, as vaulted in the profile requires; nothing was run",
                blame: .playbook)
        }
        guard !findings.isEmpty else { return }
        let lines = findings.prefix(8).map { finding in
            let name = printable(finding.variable)
            let source = finding.file.map { printable($0) } ?? source(of: name)
            switch finding.problem {
            case "unfollowed":
                return "the playbook names the file \(name), which can't be read before the play"
            case "missing": return "\(name) is not set anywhere"
            case "empty": return "\(name) (\(source)) is empty"
            case "unresolvable": return "\(name) (\(source)) can't be rendered: \(finding.kind ?? "")"
            default:
                let mask = finding.encrypted == true ? " (from the vault, the rest of it is masked)" : ""
                return "\(name) (\(source)) leads to \(printable(finding.endpoint ?? "it"))\(mask)"
            }
        }
        throw HarnessTrouble(
            "endpoints of \(subject)", why: lines.joined(separator: "; "),
            fix: "set these in overrides/\(subject).yml to the machine itself; nothing was run",
            blame: .playbook)
    }

    /// The strongest place that sets a variable, found in the files' text: for a reader, not for a decision.
    func source(of path: String) -> String {
        let name = String(path.prefix { $0 != "." && $0 != "[" })
        for place in extra where place.variables[name] != nil { return place.source }
        let pattern = #"(?m)^\s*["']?\#(NSRegularExpression.escapedPattern(for: name))["']?\s*[:=]"#
        var closed: [String] = []
        for file in [overrides] + files {
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
            if text.hasPrefix("$ANSIBLE_VAULT") { closed.append(file.path) }
            if text.range(of: pattern, options: .regularExpression) != nil { return file.path }
        }
        return closed.isEmpty ? "set by the inventory" : "set in \(closed.joined(separator: " or "))"
    }

    /// Files with variables that can be about the subject, strongest first.
    private var files: [URL] {
        let playbook = tree.playbook.deletingLastPathComponent()
        var found: [URL] = []
        for kind in ["host_vars", "group_vars"] {
            for folder in [playbook, tree.variablesFolder].map({ $0.appending(path: kind) }) {
                let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
                let all = (walk?.compactMap { $0 as? URL } ?? []).sorted { $0.path > $1.path }
                found += all.filter { kind == "group_vars" || $0.path.contains("/host_vars/\(subject)") }
            }
        }
        return found + [tree.inventory]
    }
}
