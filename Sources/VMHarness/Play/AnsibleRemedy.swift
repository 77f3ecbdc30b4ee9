/// What to do about what Ansible lacks: the setting or command that brings it. Ansible has no codes for these, only words.
enum AnsibleRemedy {
    /// The remedy for the first thing that Ansible says is missing.
    ///
    /// - Parameter output: what Ansible wrote, or the message of a task.
    /// - Returns: `nil` when it says nothing of the kind.
    static func find(in output: String) -> String? {
        let text = cut(output, to: 100_000)
        if let role = text.firstMatch(of: /the role '([^']+)' was not found/) {
            return collection(of: role.1).map(install)
                ?? "set BOMA_IT_ROLES_PATH to the folder that holds role \(printable(role.1)), "
                + "or install it: ansible-galaxy role install \(printable(role.1))"
        }
        if let module = text.firstMatch(of: /couldn't resolve module\/action '([^']+)'/) {
            return collection(of: module.1).map(install)
                ?? "correct the module's name, or write it with its collection"
        }
        // lib/ansible/parsing/vault/__init__.py
        for words in ["no vault secrets found", "no vault secrets were found", "Decryption failed"]
        where text.contains(words) {
            return "set BOMA_IT_VAULT_PASSWORD_FILE to the file with the vault's password"
        }
        return nil
    }

    /// `community.general` of `community.general.ufw`.
    private static func collection(of name: Substring) -> String? {
        let parts = name.split(separator: ".")
        return parts.count < 3 ? nil : printable(parts.prefix(2).joined(separator: "."))
    }

    private static func install(_ collection: String) -> String {
        "install its collection: ansible-galaxy collection install \(collection)"
    }
}
