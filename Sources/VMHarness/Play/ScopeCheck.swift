import Foundation

/// Safety invariant 1: only the machine is in scope. Asked from Ansible about what will really run.
struct ScopeCheck {
    let subject: String
    let address: String
    var port: UInt16 = 22

    /// - Throws: ``HarnessTrouble`` when another host, or another address, is in scope, or when it can't be found out.
    func verify(_ ansible: Ansible, playbook: URL, arguments: [String]) async throws {
        let folder = playbook.deletingLastPathComponent().path
        // Ask all three at once: each starts a Python of its own.
        async let list = ansible.run(
            "ansible-inventory", arguments + ["--list"], limit: .seconds(120), readsVariableFiles: false)
        async let hosts = ansible.run(
            "ansible-playbook", arguments + ["--limit", subject, "--list-hosts", playbook.path], limit: .seconds(120))
        // Ansible renders this from all merged variables: whatever set it, the connection will go there.
        async let target = ansible.run(
            "ansible",
            arguments + [
                "--playbook-dir", folder, "--one-line", "--module-name", "ansible.builtin.debug", "--args",
                "msg={{ ansible_connection }}:{{ ansible_host }}:{{ ansible_port }}:{{ ansible_ssh_host }}", "all",
            ], limit: .seconds(120))
        try checkInventory(await answer(list, "checking the generated inventory"))
        try checkHosts(await answer(hosts, "asking which hosts \(playbook.lastPathComponent) would touch"))
        try checkTarget(await answer(target, "asking where Ansible would connect to for \(subject)"))
    }

    private func answer(_ result: CommandResult, _ purpose: String) throws -> String {
        try result.requireSuccess(purpose, hint: AnsibleRemedy.find(in: result.output + result.errorOutput)).output
    }

    /// The connection goes to the machine.
    func checkTarget(_ text: String) throws {
        guard text.lines.count == 1, text.contains("\"msg\": \"ssh:\(address):\(port):\(address)\"") else {
            throw HarnessTrouble(
                "scope of the run",
                why: "the connection would not go to \(address) (\(printable(text.lines.joined(separator: " "))))",
                fix: "look for connection variables in the repository; nothing was run")
        }
    }

    /// Exactly the subject is in the inventory.
    func checkInventory(_ json: String) throws {
        let all = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        var found: Set<String> = []
        for (group, entry) in all where group != "_meta" {
            if case .array(let hosts) = entry["hosts"] { found.formUnion(hosts.compactMap(\.text)) }
        }
        if case .object(let hosts) = all["_meta"]?["hostvars"] { found.formUnion(hosts.keys) }
        try require(found)
    }

    /// Exactly the subject is in the text of `--list-hosts`: the indented lines below each "hosts (n):".
    func checkHosts(_ text: String) throws {
        var found: Set<String> = []
        var isList = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.range(of: #"^    hosts \(\d+\):"#, options: .regularExpression) != nil {
                isList = true
            } else if isList, line.hasPrefix("      ") {
                found.insert(line.trimmingCharacters(in: .whitespaces))
            } else {
                isList = false
            }
        }
        try require(found)
    }

    /// Our callback in Ansible has not ended the play because a task or a play was for another host.
    func checkEvents(_ events: String) throws {
        struct Event: Decodable {
            let event: String
            let why: String?
        }
        for line in events.split(whereSeparator: \.isNewline) {
            guard let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8)), event.event == "refused"
            else { continue }
            throw HarnessTrouble(
                "scope of the run", why: printable(event.why ?? "the play was for another host"),
                fix:
                    "let a variable switch that part off, and set it in overrides/\(subject).yml: only \(subject) is here",
                blame: .playbook)
        }
    }

    private func require(_ found: Set<String>) throws {
        guard found == [subject] else {
            throw HarnessTrouble(
                "scope of the run",
                why:
                    "is \(found.isEmpty ? "no host" : found.sorted().joined(separator: ", ")) instead of \(subject) alone",
                fix: "check hosts in the playbook, and the inventory; nothing was run", blame: .playbook)
        }
    }
}
