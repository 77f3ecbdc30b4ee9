import Foundation

/// How the guest's instructions are run.
public enum Accelerator: String, Codable, Sendable {
    /// By the processor.
    case kvm
    /// By emulation: about ten times slower.
    case tcg

    /// libvirt's domain type.
    public var domainType: String { self == .kvm ? "kvm" : "qemu" }
    /// virt-install's CPU option.
    public var cpu: String { self == .kvm ? "host-passthrough" : "mode=maximum" }
    /// What all deadlines are multiplied with.
    public var timeFactor: Double { self == .kvm ? 1 : 10 }
}
