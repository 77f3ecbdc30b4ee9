import Foundation

/// Looks at the variables that a play would get, inside Ansible, where they are merged, decrypted and rendered
/// (`boma_it_variables.py`): for endpoints that must not be there, and for values that must not be written anywhere.
struct MergedVariables {
    let subject: String
    let endpoints: Profile.Endpoints?
    /// Variables whose values have to come from the vault.
    let vaulted: [String]
    let tree: AnsibleTree
    /// Folders of the repository's roles.
    let roles: [URL]
    /// Only the user can read it, and it dies with the machine.
    let folder: URL

    /// - Parameters:
    ///   - ansible: with the play's environment; the look-up has to lie in its configuration's folder.
    ///   - arguments: inventory and variables of the play that is to run.
    /// - Returns: what is wrong with the endpoints, and the values that are secret.
    /// - Throws: ``HarnessTrouble`` or ``CommandError`` when it can't be found out.
    func look(_ ansible: Ansible, arguments: [String]) async throws -> (
        findings: [EndpointCheck.Finding], secrets: [String]
    ) {
        struct Answer: Decodable {
            var findings: [EndpointCheck.Finding]
            var secrets: [String]
        }
        let result = folder.appending(path: "variables.json")
        // Create the file first, readable by us alone; the look-up writes into it.
        try PrivateFile.write(Data(), to: result)
        let questions = folder.appending(path: "questions.json")
        defer { for file in [result, questions] { try? FileManager.default.removeItem(at: file) } }
        func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
        let plan: JSONValue = .object([
            "variables": list(endpoints?.variables ?? []), "forbidden": list(endpoints?.forbidden ?? []),
            "vaulted": list(vaulted), "vaults": list(vaults().map(\.path)),
            "secret_names": .object([
                "words": list(SecretNames.words), "endings": list(SecretNames.endings),
                "harmless": list(SecretNames.harmless), "part": .string(SecretNames.part),
            ]),
            "plays": list([tree.playbook.path]), "files": .array(files().map { list([$0.file.path, $0.kind]) }),
            "result": .string(result.path),
        ])
        // Not a variable itself: one of a program's may have 128 KiB (execve(2)), and a repository has many files.
        try PrivateFile.write(Data(plan.json.utf8), to: questions)
        let answer = try await ansible.with(["BOMA_IT_VARIABLES": questions.path]).run(
            "ansible",
            arguments + [
                "--playbook-dir", tree.playbook.deletingLastPathComponent().path, "--module-name",
                "ansible.builtin.debug", "--args", "msg={{ lookup('boma_it_variables') }}", subject,
            ], limit: .seconds(120)
        )
        try answer.requireSuccess(
            "reading the variables of \(subject)", hint: AnsibleRemedy.find(in: answer.output + answer.errorOutput))
        guard let told = try? JSONDecoder().decode(Answer.self, from: Data(contentsOf: result)) else {
            throw HarnessTrouble(
                "variables of \(subject)", why: "can't be read",
                fix: "see \(answer.log?.path ?? "the run directory")")
        }
        return (told.findings, told.secrets)
    }

    /// Files of roles, used or not, that set variables.
    private func files() -> [(file: URL, kind: String)] {
        var found: [(file: URL, kind: String)] = []
        for folder in roles {
            for role in (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil))
                ?? []
            {
                for kind in ["defaults", "vars"] {
                    let walk = FileManager.default.enumerator(
                        at: role.appending(path: kind), includingPropertiesForKeys: nil)
                    let files = (walk?.compactMap { $0 as? URL } ?? []).filter(FileAttributes.isRegular)
                    found += files.map { ($0, kind) }
                }
            }
        }
        return found.sorted { $0.file.path < $1.file.path }
    }

    /// Files of the repository that are encrypted as a whole.
    private func vaults() -> [URL] {
        let files = tree.trees.values.flatMap { tree in LayerKey.files(in: tree).map { tree.appending(path: $0) } }
        var found: [URL] = []
        for file in files.sorted(by: { $0.path < $1.path }) {
            guard let handle = try? FileHandle(forReadingFrom: file) else { continue }
            defer { try? handle.close() }
            if (try? handle.read(upToCount: 14)) == Data("$ANSIBLE_VAULT".utf8) { found.append(file) }
        }
        return found
    }
}
