import Foundation

/// Everything that the environment may change about a run, read once.
///
/// This is the only place that reads environment variables. Every one that is ours starts with `BOMA_IT_`.
public struct HarnessConfiguration: Sendable {
    /// Where the harness's own folders (`profiles/`, `overrides/`, `ansible/`) are looked for.
    public var packageRoot: URL
    /// Name of the subject, and so of its profile (`BOMA_IT_HOST`, default `askari`).
    public var subject: String
    /// Images and running machines of this user (`BOMA_IT_CACHE`).
    public var cache: URL
    /// Run directories (`BOMA_IT_RUNS`, default `~/integration-runs`).
    public var runs: URL
    /// The Ansible repository under test.
    public var repository: Repository
    /// The golden image.
    public var image: Image
    /// The control host.
    public var host: Host
    /// The subject's certificates.
    public var certificates: Certificates
    /// Layers and warm starts.
    public var layers: Layers
    /// What is left of a machine when its test ends.
    public var retention: Retention
    /// A missing prerequisite fails instead of skipping (`BOMA_IT_REQUIRE=1`).
    public var requiresPrerequisites: Bool
    /// What external tools get to see of the environment; nothing else is passed on.
    public var toolEnvironment: [String: String]
    /// All of the environment, for programs of the user's own that the user named.
    let userEnvironment: [String: String]
    /// The user's own collections, which a private `HOME` would hide from Ansible.
    public var userCollections: String
    /// Values of this project's variables that are secrets themselves, by their names.
    var secrets: [String]

    private static let passedOn = [
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TERM", "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    ]

    /// The nearest folder from here upwards that has profiles; the current one when there is none.
    public static func nearestPackageRoot() -> URL {
        let here = URL(filePath: FileManager.default.currentDirectoryPath)
        var folder = here
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appending(path: "profiles").path) { return folder }
            folder = folder.deletingLastPathComponent()
        }
        return here
    }

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - environment: the variables; the process's own unless a test brings others.
    ///   - packageRoot: the folder that holds `profiles/` and `overrides/`.
    /// - Throws: `ConfigurationError` naming the variable, its value and what is allowed.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment, packageRoot: URL
    ) throws {
        let reader = try EnvironmentReader(environment)
        let home = reader.text("HOME") ?? NSHomeDirectory()
        let user = reader.text("USER") ?? NSUserName()
        self.packageRoot = packageRoot
        subject = reader.text("BOMA_IT_HOST") ?? "askari"
        cache = try reader.plainFolder(
            "BOMA_IT_CACHE", default: URL(filePath: "/var/cache/boma-it").appending(path: user))
        runs = try reader.plainFolder(
            "BOMA_IT_RUNS", default: URL(filePath: home).appending(path: "integration-runs"))
        repository = try Repository(reader, packageRoot: packageRoot)
        image = try Image(reader)
        host = try Host(reader)
        certificates = try Certificates(reader, home: home)
        layers = try Layers(reader)
        retention = try Retention(reader)
        requiresPrerequisites = try reader.choice("BOMA_IT_REQUIRE", of: ["0", "1"]) == "1"
        secrets = environment.filter { $0.key.hasPrefix("BOMA_IT_") && SecretNames.contains($0.key) }.map(\.value)
        userEnvironment = environment
        toolEnvironment = environment.filter { Self.passedOn.contains($0.key) }
        // Messages and numbers of tools are parsed: they must not depend on the user's language.
        toolEnvironment["LC_ALL"] = "C.UTF-8"
        userCollections = "\(home)/.ansible/collections"
        try reader.refuseUnknown()
    }
}
