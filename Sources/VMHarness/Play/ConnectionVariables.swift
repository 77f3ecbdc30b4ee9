import Foundation

/// The variables that say where Ansible connects to and how. Given as extra variables, they win over every file of the
/// repository, over keywords such as `connection: local`, and for every host, those that a task is delegated to included.
struct ConnectionVariables {
    let address: String
    let port: UInt16
    let user: String
    let identity: URL
    let sshConfig: URL

    /// All of them. Ansible reads several names for most, and the last of a plug-in's list wins: each is set.
    var all: [String: JSONValue] {
        let host = JSONValue.string(address)
        let login = JSONValue.string(user)
        let key = JSONValue.string(identity.path)
        var variables: [String: JSONValue] = [
            "ansible_connection": .string("ssh"),
            "ansible_host": host, "ansible_ssh_host": host,
            "ansible_port": .integer(Int(port)), "ansible_ssh_port": .integer(Int(port)),
            "ansible_user": login, "ansible_ssh_user": login,
            "ansible_private_key_file": key, "ansible_ssh_private_key_file": key,
            "ansible_ssh_args": .string("-F \(shellQuoted(sshConfig.path))"),
            "ansible_ssh_executable": .string("ssh"), "ansible_sftp_executable": .string("sftp"),
            "ansible_scp_executable": .string("scp"),
            "ansible_host_key_checking": .bool(true), "ansible_ssh_host_key_checking": .bool(true),
            "ansible_become_method": .string("sudo"), "ansible_become_exe": .string("sudo"),
            "ansible_python_interpreter": .string("/usr/bin/python3"),
        ]
        for name in ["common", "extra"] { variables["ansible_ssh_\(name)_args"] = .string("") }
        for name in ["sftp", "scp"] { variables["ansible_\(name)_extra_args"] = .string("") }
        // Never use real passwords on the machine; null means "not given".
        for name in [
            "password", "ssh_pass", "ssh_password", "become_password", "become_pass", "sudo_pass", "control_path",
            "control_path_dir",
        ] { variables["ansible_\(name)"] = .null }
        return variables
    }
}
