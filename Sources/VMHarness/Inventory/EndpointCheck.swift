import Foundation

/// Safety invariant 2: no variable of a play leads to a real endpoint, and those that carry one have a value.
///
/// Looked at inside Ansible (`boma_it_endpoints.py`), on everything merged, decrypted and rendered.
struct EndpointCheck {
    let subject: String
    let endpoints: Profile.Endpoints
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
    }

    /// - Parameters:
    ///   - settings: of the play; the look-up has to lie in its folder.
    ///   - arguments: inventory and variables of the play that is to run.
    /// - Throws: ``HarnessTrouble`` naming variable, file and endpoint; also when it can't be found out.
    func verify(
        runner: any CommandRunner, sandbox: NetworkSandbox, settings: PlaySettings, arguments: [String]
    ) async throws {
        let result = settings.folder.appending(path: "endpoints.json")
        try? FileManager.default.removeItem(at: result)
        let plan: JSONValue = .object([
            "variables": .array(endpoints.variables.map { .string($0) }),
            "forbidden": .array(endpoints.forbidden.map { .string($0) }), "result": .string(result.path),
        ])
        let environment = settings.environment().merging(["BOMA_IT_ENDPOINTS": plan.json]) { $1 }
        let answer = try await Ansible(runner: runner, environment: environment, sandbox: sandbox).run(
            "ansible",
            arguments + [
                "--playbook-dir", tree.playbook.deletingLastPathComponent().path, "--module-name",
                "ansible.builtin.debug", "--args", "msg={{ lookup('boma_it_endpoints') }}", subject,
            ], limit: .seconds(120)
        ).requireSuccess("looking for real endpoints in the variables of \(subject)")
        guard let findings = try? JSONDecoder().decode([Finding].self, from: Data(contentsOf: result)) else {
            throw HarnessTrouble(
                "endpoints of \(subject)", why: "could not be looked at",
                fix: "see \(answer.log?.path ?? "the run directory")")
        }
        try judge(findings)
    }

    /// - Throws: ``HarnessTrouble`` when there is any finding.
    func judge(_ findings: [Finding]) throws {
        guard !findings.isEmpty else { return }
        let lines = findings.prefix(8).map { finding in
            let name = printable(finding.variable)
            switch finding.problem {
            case "missing": return "\(name) is not set anywhere"
            case "empty": return "\(name) (\(source(of: name))) is empty"
            case "unresolvable": return "\(name) (\(source(of: name))) can't be rendered: \(finding.kind ?? "")"
            default:
                let mask = finding.encrypted == true ? " (from the vault, the rest of it is masked)" : ""
                return "\(name) (\(source(of: name))) leads to \(printable(finding.endpoint ?? "it"))\(mask)"
            }
        }
        throw HarnessTrouble(
            "endpoints of \(subject)", why: lines.joined(separator: "; "),
            fix: "nothing was run; set these in overrides/\(subject).yml to the virtual machine itself")
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
