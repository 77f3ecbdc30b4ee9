import Foundation

/// What must be on the control host before a run.
public struct Prerequisites: Sendable {
    /// The external tools that the harness calls.
    public static let tools = [
        "virsh", "virt-install", "qemu-img", "cloud-localds", "ssh", "ssh-keygen", "setfacl", "ansible",
        "ansible-playbook", "ansible-inventory", "curl", "ip", "sha256sum", "sha512sum",
    ]

    /// Debian's package for each of them that is not named after it.
    static let packages = [
        "virsh": "libvirt-clients", "virt-install": "virtinst", "qemu-img": "qemu-utils",
        "cloud-localds": "cloud-image-utils", "ssh": "openssh-client", "ssh-keygen": "openssh-client",
        "setfacl": "acl", "ansible": "ansible-core", "ansible-playbook": "ansible-core",
        "ansible-inventory": "ansible-core", "ip": "iproute2", "sha256sum": "coreutils", "sha512sum": "coreutils",
    ]

    /// Tools without which most runs go, with their packages and what they are for.
    static let optional = [
        ("mmdebstrap", "mmdebstrap", "to build an image from a mirror"),
        ("debugfs", "e2fsprogs", "to read the disk of a machine that nobody can log in to"),
        ("sfdisk", "fdisk", "to read the disk of a machine that nobody can log in to"),
        ("journalctl", "systemd", "to read the journal of a machine that nobody can log in to"),
        ("pebble", "pebble", "for the cert tiers le-staging and le-prod-wildcard where Let's Encrypt can't be asked"),
        ("openssl", "openssl", "for the cert tiers le-staging and le-prod-wildcard"),
    ]

    /// UEFI for virtual machines.
    static let firmware = [UEFI.code, UEFI.variables]

    private let virsh: Virsh
    private let path: String

    /// Looks for the tools in the folders of `path`.
    public init(virsh: Virsh, path: String) {
        self.virsh = virsh
        self.path = path
    }

    /// Checks all of them.
    ///
    /// - Returns: the versions of libvirt and QEMU.
    /// - Throws: ``HarnessTrouble`` naming everything that is missing, or why libvirt doesn't answer.
    public func check() async throws -> String {
        let missing =
            Self.tools.filter { locate($0) == nil }
            + Self.firmware.filter { !FileManager.default.isReadableFile(atPath: $0) }
        guard missing.isEmpty else {
            throw HarnessTrouble(
                "this control host", why: "lacks \(missing.joined(separator: ", "))", fix: "make setup",
                isMissingPrerequisite: true)
        }
        return try await versions()
    }

    /// Where a tool is; `nil` when it is not installed.
    func locate(_ tool: String) -> String? { ToolSearch.find(tool, path: path) }

    /// The versions of libvirt and QEMU.
    ///
    /// - Throws: ``HarnessTrouble`` when libvirt doesn't answer.
    func versions() async throws -> String {
        let result = try await virsh.run(["version", "--daemon"], limit: .seconds(20))
        guard result.succeeded else {
            throw HarnessTrouble(
                "libvirt at \(virsh.uri)",
                why: "doesn't answer (\(printable(result.errorOutput.lines.last ?? "no reason given")))",
                fix:
                    "make setup starts it; without root, become a member of group libvirt: usermod -aG libvirt \(NSUserName())",
                isMissingPrerequisite: true)
        }
        return result.output
    }
}
