import Foundation

/// Ansible's configuration and environment for one machine: nothing of the user's own `ansible.cfg`, `ANSIBLE_*`
/// variables, SSH configuration or agent takes part.
struct PlaySettings {
    let folder: URL
    let configuration: HarnessConfiguration
    let tree: AnsibleTree
    let sshConfig: URL
    /// Where Ansible puts files on the way to the machine, decrypted ones too: a folder that dies with the machine.
    var temporaries: URL?

    var configurationFile: URL { folder.appending(path: "ansible.cfg") }
    var callbacks: URL { folder.appending(path: "callback_plugins") }

    private var lookups: URL { folder.appending(path: "lookup_plugins") }

    private var localTemporary: URL { temporaries ?? folder.appending(path: "home/tmp") }

    /// Removes what an Ansible that was ended has left there.
    func removeTemporaries() {
        try? FileManager.default.removeItem(at: localTemporary)
    }

    /// Writes the configuration, the event callback and the look-up.
    func write() throws {
        try FileManager.default.createDirectory(at: callbacks, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: lookups, withIntermediateDirectories: true)
        try Data(PackageResources.boma_it_variables_py).write(to: lookups.appending(path: "boma_it_variables.py"))
        try Data(PackageResources.boma_it_events_py).write(to: callbacks.appending(path: "boma_it_events.py"))
        try FileManager.default.createDirectory(
            at: folder.appending(path: "home"), withIntermediateDirectories: true)
        try """
        # Written by boma-it for one machine; see the inventory beside it.
        [defaults]
        host_key_checking = true
        interpreter_python = /usr/bin/python3
        retry_files_enabled = false
        stdout_callback = default
        callback_plugins = \(callbacks.path)
        callbacks_enabled = boma_it_events
        lookup_plugins = \(lookups.path)
        roles_path = \(rolesPath)
        collections_path = \(tree.root.path)/collections:\(configuration.userCollections):/usr/share/ansible/collections
        timeout = 60

        [inventory]
        any_unparsed_is_failed = true
        enable_plugins = ansible.builtin.yaml, ansible.builtin.ini, ansible.builtin.toml

        [ssh_connection]
        pipelining = true
        ssh_args = -F \(shellQuoted(sshConfig.path))

        """.write(to: configurationFile, atomically: true, encoding: .utf8)
    }

    /// Folders in which Ansible looks for roles, with colons between them.
    var rolesPath: String {
        configuration.repository.rolesPath
            ?? "\(tree.playbook.deletingLastPathComponent().path)/roles:\(tree.root.path)/roles"
    }

    /// What Ansible gets to see beyond the tools' small environment.
    func environment(events: URL? = nil, subject: String = "") -> [String: String] {
        var variables = [
            "ANSIBLE_CONFIG": configurationFile.path,
            "PYTHONDONTWRITEBYTECODE": "1",
            // Hides ~/.ansible.cfg, ~/.ssh and ~/.ansible.
            "HOME": folder.appending(path: "home").path,
            "ANSIBLE_LOCAL_TEMP": localTemporary.path,
        ]
        if let events {
            variables["BOMA_IT_EVENTS"] = events.path
            variables["BOMA_IT_SUBJECT"] = subject
        }
        return variables
    }
}
