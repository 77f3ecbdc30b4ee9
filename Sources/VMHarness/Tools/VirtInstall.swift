import Foundation

/// `virt-install --import`: the definition of a domain around an existing disk.
public struct VirtInstall: Sendable {
    let runner: any CommandRunner
    let uri: String

    /// Defines domains for the libvirt at `uri`.
    public init(runner: any CommandRunner, uri: String) {
        self.runner = runner
        self.uri = uri
    }

    /// What a domain is made of.
    public struct Options: Sendable {
        /// Name of the domain.
        public var name: String
        /// libvirt's domain type: `kvm` or `qemu`.
        public var type: String
        /// CPU model option of virt-install.
        public var cpu: String
        /// Virtual CPUs.
        public var vcpus: Int
        /// Memory.
        public var memoryMiB: Int
        /// Overlay, read and written.
        public var disk: URL
        /// cloud-init seed, read only.
        public var seed: URL
        /// UEFI variables of this domain.
        public var nvram: URL
        /// File that gets what the guest writes to its serial console.
        public var console: URL
        /// libvirt network.
        public var network: String
        /// libvirt's filter at the network card.
        public var filter: String
        /// Address of the network card.
        public var mac: String
        /// User and group that QEMU runs as, in libvirt's notation.
        public var owner: String
    }

    /// The XML that `virt-install --import` would define; nothing is defined yet.
    ///
    /// - Note: the static DAC label without relabelling keeps libvirt from changing the owner of the golden image; UEFI
    ///   is named file by file, because `--boot uefi` picks the build with Secure Boot and enrolled keys. The processors are
    ///   cores of one socket: Linux does not trust the TSCs of several (`unsynchronized_tsc` in arch/x86/kernel/tsc.c), and
    ///   without KVM's clock each look at the time would then be an access to a slow device. libvirt adds the PCI Express
    ///   ports that the devices need; virt-install's fourteen would each be looked through at every boot.
    public func domainXML(_ options: Options) async throws -> String {
        try await runner.run(Command("virt-install", Self.arguments(options, uri: uri), limit: .seconds(120)))
            .requireSuccess("describing the virtual machine").output
    }

    static func arguments(_ options: Options, uri: String) -> [String] {
        [
            "--connect", uri, "--import", "--print-xml", "--name", options.name,
            "--memory", "\(options.memoryMiB)",
            "--vcpus", "\(options.vcpus),sockets=1,cores=\(options.vcpus),threads=1", "--virt-type", options.type,
            "--cpu", options.cpu, "--machine", "q35", "--osinfo", "detect=off,require=off",
            "--boot",
            "loader=\(UEFI.code),loader.readonly=yes,loader.type=pflash,nvram=\(options.nvram.path)",
            "--disk", "path=\(options.disk.path),format=qcow2,bus=virtio,cache=unsafe,discard=unmap",
            "--disk", "path=\(options.seed.path),format=raw,bus=virtio,readonly=on",
            "--network",
            "network=\(options.network),mac=\(options.mac),model=virtio,filterref.filter=\(options.filter)",
            // Appended to: virtlogd, which is root, would replace the file by one that only root can read.
            "--serial", "file,path=\(options.console.path),xpath1.set=./source/@append=on", "--graphics", "none",
            "--channel", "unix,target.type=virtio,target.name=org.qemu.guest_agent.0",
            "--rng", "/dev/urandom", "--memballoon", "none", "--controller", "usb,model=none",
            "--controller", "num_pcie_root_ports=0",
            "--seclabel", "type=static,model=dac,label=\(options.owner),relabel=no",
        ]
    }
}

/// The firmware that is used: Debian's OVMF without Secure Boot.
public enum UEFI {
    /// Code, read only and shared.
    public static let code = "/usr/share/OVMF/OVMF_CODE_4M.fd"
    /// Template of the variables.
    public static let variables = "/usr/share/OVMF/OVMF_VARS_4M.fd"
}
