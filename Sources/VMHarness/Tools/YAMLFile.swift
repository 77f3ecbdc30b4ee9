import Foundation

/// A YAML file with a mapping, read by Ansible as the variables of a host. Vault values in it stay encrypted.
struct YAMLFile {
    private let file: URL
    private let runner: any CommandRunner
    private let scratch: URL

    /// Of the processor's time; Ansible needs less than one of them.
    private let seconds: Int

    init(_ file: URL, runner: any CommandRunner, scratch: URL, seconds: Int = 10) {
        self.file = file
        self.runner = runner
        self.scratch = scratch
        self.seconds = seconds
    }

    /// The variables.
    ///
    /// - Throws: ``HarnessTrouble`` with Ansible's own words when the file is missing, or not a mapping in YAML.
    func variables() async throws -> [String: JSONValue] {
        try refuseWhatIsNoSmallFile()
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
            // A few lines of YAML can stand for gigabytes; see "billion laughs". prlimit(1) takes
            // bytes and seconds of the processor.
            Command(
                "prlimit",
                [
                    "--as=\(1 << 30)", "--cpu=\(seconds)", "--", "ansible-inventory", "--inventory", hosts.path,
                    "--host",
                    "subject",
                ],
                environment: [
                    "ANSIBLE_CONFIG": configuration.path, "HOME": folder.path,
                    "ANSIBLE_DUPLICATE_YAML_DICT_KEY": "error",
                ]
                // Escapes make its JSON up to six times as long.
            ).keepingAllOutput(upTo: 8 * Self.maximumBytes))
        guard result.succeeded, let data = result.output.data(using: .utf8),
            let variables = try? JSONDecoder().decode([String: JSONValue].self, from: data)
        else {
            let words = result.errorOutput.lines.map {
                $0.replacingOccurrences(of: hostVars.path + "/subject.yml", with: file.path)
            }
            let reason =
                switch result.ending {
                case .exited:
                    words.isEmpty
                        ? "a value that is no text, number, list or mapping" : words.prefix(6).joined(separator: " ")
                case .tooMuchOutput(let bytes):
                    "it stands for more than \(bytes >> 20) MiB: what do its anchors repeat?"
                case .signalled, .timedOut:
                    "reading it takes more than \(seconds) seconds or 1 GiB: what do its anchors repeat?"
                }
            throw HarnessTrouble(
                "file \(file.path)", why: "is not YAML with a mapping (\(printable(reason)))",
                fix: "correct it; ansible-lint shows the place")
        }
        return variables
    }

    /// Larger than any profile; what is read into memory is bounded.
    private static let maximumBytes = 1 << 20

    private func refuseWhatIsNoSmallFile() throws {
        func refuse(_ why: String, _ fix: String) -> HarnessTrouble {
            HarnessTrouble("file \(printable(file.path))", why: why, fix: fix)
        }
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            throw refuse("is missing or can't be read", "make it, or correct the path")
        }
        // Reading a pipe would wait for ever, and a folder would be copied whole.
        guard FileAttributes.isRegular(file) else { throw refuse("is not a regular file", "put the YAML into a file") }
        guard FileAttributes.size(of: file) <= Self.maximumBytes else {
            throw refuse("is larger than \(Self.maximumBytes >> 20) MiB", "correct the path: no profile is that long")
        }
    }
}
