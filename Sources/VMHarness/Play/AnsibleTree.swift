import Foundation

/// An Ansible repository: where its inventory, playbook and variables lie.
public struct AnsibleTree: Sendable {
    /// Its top folder.
    public let root: URL
    /// Its inventory: a file or a folder.
    public let inventory: URL
    /// The playbook.
    public let playbook: URL

    /// Finds the parts of a repository.
    ///
    /// - Throws: ``HarnessTrouble`` naming what is missing and the variable that says where it is.
    public init(configuration: HarnessConfiguration, playbook name: String) throws {
        root = configuration.repository.root
        let files = FileManager.default
        guard let found = FileAttributes(of: root) else {
            throw HarnessTrouble(
                "Ansible repository \(root.path)", why: "does not exist", fix: "correct BOMA_IT_ANSIBLE_ROOT")
        }
        guard found.isFolder else {
            throw HarnessTrouble(
                "Ansible repository \(root.path)", why: "is not a folder", fix: "correct BOMA_IT_ANSIBLE_ROOT")
        }
        try Self.checkFiles(of: configuration)
        let usual = [
            "inventory/hosts.yml", "inventory/hosts.yaml", "inventory/hosts", "inventory", "hosts.yml", "hosts.ini",
            "hosts",
        ]
        let candidates =
            configuration.repository.inventory.map { [$0] } ?? usual.map { [root] in root.appending(path: $0) }
        guard let inventory = candidates.first(where: { files.fileExists(atPath: $0.path) }) else {
            throw HarnessTrouble(
                "inventory of \(root.path)",
                why: "not found (\(candidates.map(\.lastPathComponent).joined(separator: ", ")))",
                fix: "set BOMA_IT_INVENTORY to its path")
        }
        self.inventory = inventory
        playbook = root.appending(path: name)
        guard FileAttributes.isRegular(playbook) else {
            throw HarnessTrouble(
                "playbook \(playbook.path)",
                why: files.fileExists(atPath: playbook.path) ? "is not a regular file" : "does not exist",
                fix: "correct playbook or verify in the profile, or BOMA_IT_PLAYBOOK")
        }
    }

    /// What else the settings name, looked at before anything boots.
    private static func checkFiles(of configuration: HarnessConfiguration) throws {
        if let file = configuration.repository.vaultPasswordFile { try VaultPassword.check(file) }
        for path in (configuration.repository.rolesPath ?? "").split(separator: ":").map(String.init) {
            guard FileAttributes.isFolder(URL(filePath: path)) else {
                throw HarnessTrouble("roles path \(path)", why: "is not a folder", fix: "correct BOMA_IT_ROLES_PATH")
            }
        }
    }

    /// Folder in which the inventory's own `group_vars` and `host_vars` lie.
    var variablesFolder: URL {
        FileAttributes.isFolder(inventory) ? inventory : inventory.deletingLastPathComponent()
    }

    /// Folders whose files make up what is played, by name: the repository, and the variables of an inventory beside it.
    var trees: [String: URL] {
        var trees = ["repository": root]
        if !"\(variablesFolder.path)/".hasPrefix("\(root.path)/") {
            for name in ["group_vars", "host_vars"] {
                trees["the inventory's \(name)"] = variablesFolder.appending(path: name)
            }
        }
        return trees
    }
}
