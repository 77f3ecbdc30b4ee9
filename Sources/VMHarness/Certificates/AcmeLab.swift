import Foundation

/// The control side of the cert tiers where Let's Encrypt is out of reach: a real ACME authority (Debian's Pebble) and the
/// stand-in of Gandi's LiveDNS, which is the DNS that Pebble asks. Both listen on the control host's loopback and are seen
/// on the guest's through the run's own SSH connection, so that the isolation has no hole and a reboot changes nothing.
public final class AcmeLab: Sendable {
    private static let acmePort = 14000
    /// What it takes the place of, for reports.
    ///
    /// - Parameter reason: why it does.
    static func words(_ reason: String) -> String {
        "certificates from Debian's Pebble and a stand-in of LiveDNS, in place of Let's Encrypt and Gandi: \(reason)"
    }
    /// What the issuers of its certificates have in their names.
    static let issuer = "Pebble Intermediate"
    /// Address of its directory.
    public static let directory = "https://127.0.0.1:\(acmePort)/dir"
    /// Address of the API of the DNS.
    public static let dnsAPI = "https://127.0.0.1:\(apiPort)/v5/livedns"
    private static let managementPort = 15000
    private static let apiPort = 14443
    private static let dnsPort = 15353
    /// Validity of its certificates: longer than the time before expiry at which they are renewed.
    private static let validity = 40 * 86400

    private let folder: URL
    private let runner: SystemCommandRunner
    private let processes: [Task<Void, Never>]

    private init(folder: URL, runner: SystemCommandRunner, processes: [Task<Void, Never>]) {
        self.folder = folder
        self.runner = runner
        self.processes = processes
    }

    /// Why it can't run on this machine; `nil` when it can.
    static func obstacle(path: String) -> String? { CertTier.leStaging.obstacle(path: path, choice: .pebble) }
    static let fix = "make setup, or BOMA_IT_CERTS=internal"

    /// Longer than any run: both programs and the tunnel are ended by us, and by the next run when we are killed.
    static let untilStopped = Duration.seconds(30 * 86400)

    /// Starts both programs and waits until they listen.
    ///
    /// - Parameters:
    ///   - zone: zone of the DNS.
    ///   - folder: for their settings and logs.
    /// - Throws: ``HarnessTrouble`` when a program is missing; ``WaitError`` when one does not listen in time.
    static func start(zone: String, folder: URL, configuration: HarnessConfiguration) async throws -> AcmeLab {
        let environment = configuration.toolEnvironment
        if let obstacle = obstacle(path: environment["PATH"] ?? "") {
            throw HarnessTrouble("certificates", why: obstacle, fix: fix)
        }
        let runner = try SystemCommandRunner(logs: folder.appending(path: "commands"), environment: environment)
        let certificate = folder.appending(path: "lab.crt").path
        let key = folder.appending(path: "lab.key").path
        try await runner.run(
            Command(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "60",
                    "-subj", "/CN=boma-it control side", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                    "-out",
                    certificate,
                ])
        ).requireSuccess("making the certificate of the control side")
        let settings = """
            {"pebble": {"listenAddress": "127.0.0.1:\(acmePort)", "managementListenAddress": "127.0.0.1:\(managementPort)",
             "certificate": "\(certificate)", "privateKey": "\(key)", "httpPort": 5002, "tlsPort": 5001,
             "ocspResponderURL": "", "externalAccountBindingRequired": false, "retryAfter": {"authz": 0, "order": 0},
             "certificateValidityPeriod": \(validity)}}
            """
        let file = folder.appending(path: "pebble.json")
        try Data(settings.utf8).write(to: file)
        let program = configuration.repository.standIns.appending(path: "livedns/livedns").path
        let commands = programs(
            dns: [program, zone, certificate, key, "\(apiPort)", "\(dnsPort)"], authority: ["-config", file.path])
        let processes = try commands.map { name, command in
            let own = try SystemCommandRunner(logs: folder.appending(path: name), environment: environment)
            return Task { _ = try? await own.run(command) }
        }
        let lab = AcmeLab(folder: folder, runner: runner, processes: processes)
        let wait = Wait(
            for: "Pebble and the stand-in of the DNS", limit: .seconds(20),
            hint: "see \(folder.path); it needs Debian's pebble and python3-dnslib, and free ports")
        do {
            try await wait.until {
                lab.log("livedns").contains("ready") && lab.log("pebble").contains("Listening on")
                    ? .done(()) : .notYet("not both listen")
            }
        } catch {
            lab.stop()
            throw error
        }
        return lab
    }

    /// What is started, by its name.
    static func programs(dns: [String], authority: [String]) -> [String: Command] {
        [
            "livedns": Command("/usr/bin/python3", dns, limit: untilStopped),
            "pebble": Command(
                "pebble", authority + ["-dnsserver", "127.0.0.1:\(dnsPort)"],
                // No pauses, no refused nonces, and every renewal proves its names anew.
                environment: [
                    "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0",
                ], limit: untilStopped),
        ]
    }

    /// Ends both programs.
    func stop() {
        for process in processes { process.cancel() }
    }

    // MARK: - The way in

    /// Variables by which the playbook finds it.
    func variables(named names: Profile.Certificates.Variables) throws -> [String: JSONValue] {
        let authority = try String(contentsOf: folder.appending(path: "lab.crt"), encoding: .utf8)
        return [
            names.directory: .string(Self.directory),
            names.dnsAPI: .string(Self.dnsAPI),
            names.authority: .string(authority),
        ]
    }

    /// Runs `body` while a machine sees both on its own loopback.
    func visible<Value: Sendable>(to machine: Machine, _ body: () async throws -> Value) async throws -> Value {
        let ssh = machine.ssh
        let command = Self.tunnel(through: ssh)
        let tunnel = Task { [runner] in _ = try? await runner.run(command) }
        defer { tunnel.cancel() }
        let wait = Wait(
            for: "the tunnel to Pebble", limit: machine.limit(.command), hint: "see \(folder.path)"
        )
        try await wait.until {
            let seen = try await ssh.runAsRoot(
                "exec 3<>/dev/tcp/127.0.0.1/\(Self.acmePort)", limit: machine.limit(.command), isPoll: true)
            return seen.succeeded ? .done(()) : .notYet("no answer inside the machine")
        }
        return try await body()
    }

    /// A connection of its own that lasts as long as it is needed.
    static func tunnel(through ssh: SSHClient) -> Command {
        let forwards = [Self.acmePort, Self.apiPort].flatMap { ["-R", "127.0.0.1:\($0):127.0.0.1:\($0)"] }
        return Command(
            "ssh",
            [
                "-F", ssh.configFile.path, "-N", "-o", "ControlMaster=no", "-o", "ControlPath=none", "-o",
                "ExitOnForwardFailure=yes",
            ] + forwards + [ssh.host], limit: untilStopped)
    }

    // MARK: - What happened

    private func log(_ name: String) -> String {
        let place = folder.appending(path: name)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        return files.filter { $0.hasSuffix(".out") || $0.hasSuffix(".err") }.sorted()
            .compactMap { try? String(contentsOf: place.appending(path: $0), encoding: .utf8) }.joined()
    }

    /// Requests to the DNS and its API, in order.
    public var requests: [String] {
        log("livedns").split(whereSeparator: \.isNewline).map(String.init).filter { $0 != "ready" }
    }

    /// Certificates that the authority has issued.
    public var issued: Int { log("pebble").components(separatedBy: "Issued certificate serial").count - 1 }

    /// Requests of any kind to the authority.
    public var acmeRequests: Int { log("pebble").components(separatedBy: "calling handler()").count - 1 }

    /// The authority's root, in a file.
    func root() async throws -> URL {
        let file = folder.appending(path: "root.crt")
        let url = "https://127.0.0.1:\(Self.managementPort)/roots/0"
        try await runner.run(
            Curl.command(
                url,
                [
                    "--fail", "--noproxy", "*", "--cacert", folder.appending(path: "lab.crt").path, "--output",
                    file.path,
                ])
        ).requireSuccess("fetching the authority's root")
        return file
    }
}
