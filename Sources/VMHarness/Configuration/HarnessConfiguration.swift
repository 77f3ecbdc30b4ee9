import Foundation

/// Everything that the environment may change about a run, read once.
///
/// This is the only place that reads environment variables. Every one that is ours starts with `BOMA_IT_`.
public struct HarnessConfiguration: Sendable {
    /// Where the harness's own folders (`profiles/`, `overrides/`, `ansible/`) are looked for.
    public var packageRoot: URL
    /// The Ansible repository under test (`BOMA_IT_ANSIBLE_ROOT`).
    public var ansibleRoot: URL
    /// The inventory below or beside `ansibleRoot` (`BOMA_IT_INVENTORY`); found by the usual names when not set.
    public var inventory: URL?
    /// The playbook that replaces the profile's (`BOMA_IT_PLAYBOOK`).
    public var playbook: String?
    /// Roles folders of the repository, colon-separated, when it needs others than its playbook's (`BOMA_IT_ROLES_PATH`).
    public var rolesPath: String?
    /// File with the vault's password (`BOMA_IT_VAULT_PASSWORD_FILE`).
    public var vaultPasswordFile: URL?
    /// Folder of the profiles (`BOMA_IT_PROFILES`).
    public var profiles: URL
    /// Folder of the overrides (`BOMA_IT_OVERRIDES`).
    public var overrides: URL
    /// Name of the subject, and so of its profile (`BOMA_IT_HOST`, default `askari`).
    public var subject: String
    /// Variables that win over everything else of a run, as JSON (`BOMA_IT_EXTRA_VARS`); for what-if runs.
    public var extraVariables: String?
    /// Images and running machines of this user (`BOMA_IT_CACHE`).
    public var cache: URL
    /// Run directories (`BOMA_IT_RUNS`, default `~/integration-runs`).
    public var runs: URL
    /// libvirt's address (`BOMA_IT_LIBVIRT_URI`).
    public var libvirtURI: String
    /// First three octets of the test network (`BOMA_IT_SUBNET`, default `192.168.213`).
    public var subnet: String
    /// Where the golden image comes from (`BOMA_IT_IMAGE_SOURCE`).
    public var imageSource: String
    /// An own image file (`BOMA_IT_IMAGE_FILE`).
    public var imageFile: URL?
    /// Address of Debian's cloud image (`BOMA_IT_IMAGE_URL`); its `SHA512SUMS` is expected beside it.
    public var imageURL: String
    /// Debian mirror to build an image from (`BOMA_IT_DEBIAN_MIRROR`); the machine's own when not set.
    public var debianMirror: String?
    /// Where certificates come from (`BOMA_IT_CERTS=internal|le-staging|le-prod-wildcard`).
    public var certs: CertTier
    /// Who issues them (`BOMA_IT_ACME_DIRECTORY`: an address, or `pebble`).
    public var authority: AuthorityChoice
    /// The roots that an authority outside issues below (`BOMA_IT_ACME_ROOT`), PEM; see ``AcmeDirectory``.
    public var authorityRoot: URL?
    /// Folder of certificates that are kept between runs (`BOMA_IT_CERT_STORE`, default
    /// `~/.local/share/boma-it/certificates`).
    public var certificates: URL
    /// What wins over stand-ins (`BOMA_IT_IMAGES`): archives of real container images and packages, a file or a folder; or
    /// the address of a registry.
    public var images: URL?
    /// Folder of the stand-ins that profiles name: beside the folder of the profiles.
    public var standIns: URL { profiles.deletingLastPathComponent().appending(path: "stand-ins") }
    /// Memory in MiB that must stay free beside the virtual machine (`BOMA_IT_RAM_RESERVE_MIB`).
    public var memoryReserveMiB: Int
    /// Disk in MiB that must be free for one run (`BOMA_IT_DISK_RESERVE_MIB`).
    public var diskReserveMiB: Int
    /// `auto`, `kvm` or `tcg` (`BOMA_IT_ACCEL`).
    public var accelerator: String
    /// Whether layers are made and used (`BOMA_IT_LAYERS=on|off`).
    public var usesLayers: Bool
    /// What becomes of a machine when its test ends (`BOMA_IT_KEEP=on-failure|always|never`).
    public var keepPolicy: KeepPolicy
    /// How long collecting evidence may take, whatever state the guest is in (`BOMA_IT_EVIDENCE_SECONDS`).
    public var evidenceBudget: Duration
    /// Whether guests are restored from memory where that is sound (`BOMA_IT_WARM=on|off`); never without layers.
    public var usesWarmStart: Bool
    /// How many machines the test of warm starts restores (`BOMA_IT_WARM_ROUNDS`).
    public var warmRounds: Int
    /// Disk in MiB that all layers together may take (`BOMA_IT_LAYERS_MIB`).
    public var layersMiB: Int
    /// Multiplies every deadline (`BOMA_IT_TIME_FACTOR`); chosen by the accelerator when not set.
    public var timeFactor: Double?
    /// A missing prerequisite fails instead of skipping (`BOMA_IT_REQUIRE=1`).
    public var requiresPrerequisites: Bool
    /// What external tools get to see of the environment; nothing else is passed on.
    public var toolEnvironment: [String: String]
    /// The user's own collections, which a private `HOME` would hide from Ansible.
    public var userCollections: String
    /// Values of this project's variables that are secrets themselves, by their names.
    var secrets: [String]

    /// Debian's own address of the newest Debian 13 cloud image.
    public static let debianImageURL =
        "https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2"

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
        self.packageRoot = packageRoot
        ansibleRoot = try reader.file("BOMA_IT_ANSIBLE_ROOT") ?? packageRoot.appending(path: "ansible")
        let isOwnTree = reader.text("BOMA_IT_ANSIBLE_ROOT") == nil
        inventory = try reader.file("BOMA_IT_INVENTORY", relativeTo: ansibleRoot)
        playbook = reader.text("BOMA_IT_PLAYBOOK")
        rolesPath = reader.text("BOMA_IT_ROLES_PATH")
        vaultPasswordFile =
            try reader.file("BOMA_IT_VAULT_PASSWORD_FILE")
            ?? (isOwnTree ? ansibleRoot.appending(path: "vault-password.example") : nil)
        profiles = try reader.file("BOMA_IT_PROFILES") ?? packageRoot.appending(path: "profiles")
        overrides = try reader.file("BOMA_IT_OVERRIDES") ?? packageRoot.appending(path: "overrides")
        subject = reader.text("BOMA_IT_HOST") ?? "askari"
        extraVariables = reader.text("BOMA_IT_EXTRA_VARS")
        let home = reader.text("HOME") ?? NSHomeDirectory()
        let user = reader.text("USER") ?? NSUserName()
        cache = try reader.plainFolder(
            "BOMA_IT_CACHE", default: URL(filePath: "/var/cache/boma-it").appending(path: user))
        runs = try reader.plainFolder(
            "BOMA_IT_RUNS", default: URL(filePath: home).appending(path: "integration-runs"))
        libvirtURI = try reader.libvirt("BOMA_IT_LIBVIRT_URI") ?? "qemu:///system"
        subnet = try reader.subnet("BOMA_IT_SUBNET", default: "192.168.213")
        imageSource = try reader.choice("BOMA_IT_IMAGE_SOURCE", of: ["auto", "debian", "file", "build"])
        imageFile = try reader.file("BOMA_IT_IMAGE_FILE")
        imageURL = try reader.address("BOMA_IT_IMAGE_URL", schemes: ["https", "http", "file"]) ?? Self.debianImageURL
        debianMirror = try reader.address("BOMA_IT_DEBIAN_MIRROR", schemes: ["https", "http", "file"])
        certs =
            CertTier(rawValue: try reader.choice("BOMA_IT_CERTS", of: CertTier.allCases.map(\.rawValue))) ?? .internal
        authority = try reader.authority("BOMA_IT_ACME_DIRECTORY")
        authorityRoot = try reader.file("BOMA_IT_ACME_ROOT")
        certificates =
            try reader.file("BOMA_IT_CERT_STORE")
            ?? URL(filePath: home).appending(path: ".local/share/boma-it/certificates")
        images = try reader.fileOrAddress("BOMA_IT_IMAGES", schemes: ["https", "http"])
        memoryReserveMiB = try reader.count("BOMA_IT_RAM_RESERVE_MIB", default: 512)
        diskReserveMiB = try reader.count("BOMA_IT_DISK_RESERVE_MIB", default: 6144)
        accelerator = try reader.choice("BOMA_IT_ACCEL", of: ["auto", "kvm", "tcg"])
        usesLayers = try reader.choice("BOMA_IT_LAYERS", of: ["on", "off"]) == "on"
        keepPolicy =
            KeepPolicy(
                rawValue: try reader.choice("BOMA_IT_KEEP", of: KeepPolicy.allCases.map(\.rawValue))) ?? .onFailure
        evidenceBudget = .seconds(max(10, try reader.count("BOMA_IT_EVIDENCE_SECONDS", default: 60)))
        usesWarmStart = try reader.choice("BOMA_IT_WARM", of: ["on", "off"]) == "on" && usesLayers
        warmRounds = max(1, try reader.count("BOMA_IT_WARM_ROUNDS", default: 2))
        layersMiB = try reader.count("BOMA_IT_LAYERS_MIB", default: 16384)
        timeFactor = try reader.factor("BOMA_IT_TIME_FACTOR")
        requiresPrerequisites = try reader.choice("BOMA_IT_REQUIRE", of: ["0", "1"]) == "1"
        secrets = environment.filter { $0.key.hasPrefix("BOMA_IT_") && SecretNames.contains($0.key) }.map(\.value)
        toolEnvironment = environment.filter { Self.passedOn.contains($0.key) }
        // Messages and numbers of tools are parsed: they must not depend on the user's language.
        toolEnvironment["LC_ALL"] = "C.UTF-8"
        userCollections = "\(home)/.ansible/collections"
        try reader.refuseUnknown()
    }
}
