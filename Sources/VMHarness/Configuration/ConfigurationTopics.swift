import Foundation

extension HarnessConfiguration {
    /// The Ansible repository under test, and what belongs to it.
    public struct Repository: Sendable {
        /// Its folder (`BOMA_IT_ANSIBLE_ROOT`).
        public var root: URL
        /// The inventory below or beside it (`BOMA_IT_INVENTORY`); found by the usual names when not set.
        public var inventory: URL?
        /// The playbook that replaces the profile's (`BOMA_IT_PLAYBOOK`).
        public var playbook: String?
        /// Roles folders, colon-separated, when it needs others than its playbook's (`BOMA_IT_ROLES_PATH`).
        public var rolesPath: String?
        /// File with the vault's password (`BOMA_IT_VAULT_PASSWORD_FILE`).
        public var vaultPasswordFile: URL?
        /// Variables that win over everything else of a run, as JSON (`BOMA_IT_EXTRA_VARS`); for what-if runs.
        public var extraVariables: String?
        /// Folder of the profiles (`BOMA_IT_PROFILES`).
        public var profiles: URL
        /// Folder of the overrides (`BOMA_IT_OVERRIDES`).
        public var overrides: URL
        /// Folder of the stand-ins that profiles name: beside the folder of the profiles.
        public var standIns: URL { profiles.deletingLastPathComponent().appending(path: "stand-ins") }
        /// What wins over stand-ins (`BOMA_IT_IMAGES`): archives of real container images and packages, a file or a folder;
        /// or the address of a registry.
        public var images: URL?

        init(_ reader: EnvironmentReader, packageRoot: URL) throws {
            root = try reader.file("BOMA_IT_ANSIBLE_ROOT") ?? packageRoot.appending(path: "ansible")
            let isExample = reader.text("BOMA_IT_ANSIBLE_ROOT") == nil
            inventory = try reader.file("BOMA_IT_INVENTORY", relativeTo: root)
            playbook = reader.text("BOMA_IT_PLAYBOOK")
            rolesPath = reader.text("BOMA_IT_ROLES_PATH")
            vaultPasswordFile =
                try reader.file("BOMA_IT_VAULT_PASSWORD_FILE")
                ?? (isExample ? root.appending(path: "vault-password.example") : nil)
            extraVariables = reader.text("BOMA_IT_EXTRA_VARS")
            profiles = try reader.file("BOMA_IT_PROFILES") ?? packageRoot.appending(path: "profiles")
            overrides = try reader.file("BOMA_IT_OVERRIDES") ?? packageRoot.appending(path: "overrides")
            images = try reader.fileOrAddress("BOMA_IT_IMAGES", schemes: ["https", "http"])
        }
    }

    /// Where the golden image comes from.
    public struct Image: Sendable {
        /// `auto`, `debian`, `file` or `build` (`BOMA_IT_IMAGE_SOURCE`).
        public var source: String
        /// An own image file (`BOMA_IT_IMAGE_FILE`).
        public var file: URL?
        /// Address of Debian's cloud image (`BOMA_IT_IMAGE_URL`); its `SHA512SUMS` is expected beside it.
        public var url: String
        /// Debian mirror to build an image from (`BOMA_IT_DEBIAN_MIRROR`); the machine's own when not set.
        public var mirror: String?

        /// Debian's own address of the newest Debian 13 cloud image.
        public static let debianURL =
            "https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2"

        init(_ reader: EnvironmentReader) throws {
            source = try reader.choice("BOMA_IT_IMAGE_SOURCE", of: ["auto", "debian", "file", "build"])
            file = try reader.file("BOMA_IT_IMAGE_FILE")
            url = try reader.address("BOMA_IT_IMAGE_URL", schemes: ["https", "http", "file"]) ?? Self.debianURL
            mirror = try reader.address("BOMA_IT_DEBIAN_MIRROR", schemes: ["https", "http", "file"])
        }
    }

    /// The control host: its libvirt, and what of it a run may take.
    public struct Host: Sendable {
        /// libvirt's address (`BOMA_IT_LIBVIRT_URI`).
        public var libvirtURI: String
        /// First three octets of the test network (`BOMA_IT_SUBNET`, default `192.168.213`).
        public var subnet: String
        /// `auto`, `kvm` or `tcg` (`BOMA_IT_ACCEL`).
        public var accelerator: String
        /// Multiplies every deadline (`BOMA_IT_TIME_FACTOR`); chosen by the accelerator when not set.
        public var timeFactor: Double?
        /// Memory in MiB that must stay free beside the virtual machine (`BOMA_IT_RAM_RESERVE_MIB`).
        public var memoryReserveMiB: Int
        /// Disk in MiB that must be free for one run (`BOMA_IT_DISK_RESERVE_MIB`).
        public var diskReserveMiB: Int

        init(_ reader: EnvironmentReader) throws {
            libvirtURI = try reader.libvirt("BOMA_IT_LIBVIRT_URI") ?? "qemu:///system"
            subnet = try reader.subnet("BOMA_IT_SUBNET", default: "192.168.213")
            accelerator = try reader.choice("BOMA_IT_ACCEL", of: ["auto", "kvm", "tcg"])
            timeFactor = try reader.factor("BOMA_IT_TIME_FACTOR")
            memoryReserveMiB = try reader.count("BOMA_IT_RAM_RESERVE_MIB", default: 512)
            diskReserveMiB = try reader.count("BOMA_IT_DISK_RESERVE_MIB", default: 6144)
        }
    }

    /// Where the subject's certificates come from.
    public struct Certificates: Sendable {
        /// `BOMA_IT_CERTS=internal|le-staging|le-prod-wildcard`.
        public var tier: CertTier
        /// Who issues them (`BOMA_IT_ACME_DIRECTORY`: an address, or `pebble`).
        public var authority: AuthorityChoice
        /// The roots that an authority outside issues below (`BOMA_IT_ACME_ROOT`), PEM; see `AcmeDirectory`.
        public var authorityRoot: URL?
        /// Folder of certificates that are kept between runs (`BOMA_IT_CERT_STORE`, default
        /// `~/.local/share/boma-it/certificates`).
        public var store: URL

        init(_ reader: EnvironmentReader, home: String) throws {
            let name = try reader.choice("BOMA_IT_CERTS", of: CertTier.allCases.map(\.rawValue))
            tier = CertTier(rawValue: name) ?? .internal
            authority = try reader.authority("BOMA_IT_ACME_DIRECTORY")
            authorityRoot = try reader.file("BOMA_IT_ACME_ROOT")
            store =
                try reader.file("BOMA_IT_CERT_STORE")
                ?? URL(filePath: home).appending(path: ".local/share/boma-it/certificates")
        }
    }

    /// Layers, and machines that are restored from them.
    public struct Layers: Sendable {
        /// Whether layers are made and used (`BOMA_IT_LAYERS=on|off`).
        public var areUsed: Bool
        /// Whether guests are restored from memory where that is sound (`BOMA_IT_WARM=on|off`); never without layers.
        public var areWarm: Bool
        /// How many machines the test of warm starts restores (`BOMA_IT_WARM_ROUNDS`).
        public var warmRounds: Int
        /// Disk in MiB that all of them together may take (`BOMA_IT_LAYERS_MIB`).
        public var limitMiB: Int

        init(_ reader: EnvironmentReader) throws {
            areUsed = try reader.choice("BOMA_IT_LAYERS", of: ["on", "off"]) == "on"
            areWarm = try reader.choice("BOMA_IT_WARM", of: ["on", "off"]) == "on" && areUsed
            warmRounds = max(1, try reader.count("BOMA_IT_WARM_ROUNDS", default: 2))
            limitMiB = try reader.count("BOMA_IT_LAYERS_MIB", default: 16384)
        }
    }

    /// What is left of a machine when its test ends.
    public struct Retention: Sendable {
        /// What becomes of the machine itself (`BOMA_IT_KEEP=on-failure|always|never`).
        public var policy: KeepPolicy
        /// How long collecting evidence may take, whatever state the guest is in (`BOMA_IT_EVIDENCE_SECONDS`).
        public var evidenceBudget: Duration

        init(_ reader: EnvironmentReader) throws {
            let name = try reader.choice("BOMA_IT_KEEP", of: KeepPolicy.allCases.map(\.rawValue))
            policy = KeepPolicy(rawValue: name) ?? .onFailure
            evidenceBudget = .seconds(max(10, try reader.count("BOMA_IT_EVIDENCE_SECONDS", default: 60)))
        }
    }
}
