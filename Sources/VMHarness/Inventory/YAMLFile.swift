import Foundation

/// A YAML file with a mapping, read by Ansible as the variables of a host. Vault values in it stay encrypted.
struct YAMLFile {
    private let file: URL
    private let runner: any CommandRunner
    private let scratch: URL

    init(_ file: URL, runner: any CommandRunner, scratch: URL) {
        self.file = file
        self.runner = runner
        self.scratch = scratch
    }

    /// The variables.
    ///
    /// - Throws: ``HarnessTrouble`` with Ansible's own words when the file is missing, or not a mapping in YAML.
    func variables() async throws -> [String: JSONValue] {
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            throw HarnessTrouble(
                "file \(file.path)", why: "is missing or can't be read", fix: "make it, or correct the path")
        }
        let folder = scratch.appending(path: "read-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let hostVars = folder.appending(path: "host_vars")
        try FileManager.default.createDirectory(at: hostVars, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: file, to: hostVars.appending(path: "subject.yml"))
        let hosts = folder.appending(path: "hosts.json")
        try Data(#"{"all": {"hosts": {"subject": {}}}}"#.utf8).write(to: hosts)
        let configuration = folder.appending(path: "ansible.cfg")
        try Data("[defaults]\n".utf8).write(to: configuration)
        let result = try await runner.run(
            Command(
                "ansible-inventory", ["--inventory", hosts.path, "--host", "subject"],
                environment: ["ANSIBLE_CONFIG": configuration.path, "HOME": folder.path]))
        guard result.succeeded, let data = result.output.data(using: .utf8),
            let variables = try? JSONDecoder().decode([String: JSONValue].self, from: data)
        else {
            let words = result.errorOutput.lines.map {
                $0.replacingOccurrences(of: hostVars.path + "/subject.yml", with: file.path)
            }
            throw HarnessTrouble(
                "file \(file.path)", why: "is not YAML with a mapping (\(words.prefix(6).joined(separator: " ")))",
                fix: "correct it; ansible-lint shows the place")
        }
        return variables
    }
}
