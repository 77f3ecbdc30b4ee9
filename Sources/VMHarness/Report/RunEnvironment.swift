/// What a run ran with. Everything is optional: a report is also written when a run ends before it knows.
public struct RunEnvironment: Codable, Sendable, Equatable {
    /// The golden image that machines were laid over.
    public struct Image: Codable, Sendable, Equatable {
        /// File name.
        public var file: String
        /// SHA-256.
        public var sha256: String
        /// `debian`, `file` or `build`.
        public var source: String
        /// Address, path or mirror that it was made from.
        public var origin: String

        /// The facts about a golden image.
        public init(file: String, sha256: String, source: String, origin: String) {
            self.file = file
            self.sha256 = sha256
            self.source = source
            self.origin = origin
        }

        /// The facts about a golden image, from what lies beside it.
        public init(_ image: GoldenImage) {
            self.init(
                file: image.file.lastPathComponent, sha256: image.provenance.sha256, source: image.provenance.source,
                origin: image.provenance.origin)
        }
    }

    /// The layer that machines were laid over.
    public struct Layer: Codable, Sendable, Equatable {
        /// Key of the layer; `nil` when machines started from the golden image.
        public var used: String?
        /// Why each of the others did not fit.
        public var misses: [String]

        /// A layer, or none and why.
        public init(used: String?, misses: [String] = []) {
            self.used = used
            self.misses = misses
        }
    }

    /// Kernel of the control host.
    public var kernel: String?
    /// `kvm` or `tcg`.
    public var accelerator: String?
    /// What all deadlines were multiplied with.
    public var timeFactor: Double?
    /// Version of libvirt.
    public var libvirt: String?
    /// Version of QEMU.
    public var qemu: String?
    /// Version of Ansible.
    public var ansible: String?
    /// The golden image.
    public var image: Image?
    /// The layer.
    public var layer: Layer?
    /// Cert tier, when the subject has certificates.
    public var certTier: String?
    /// What was not as in production, a sentence each.
    public var standIns: [String] = []
    /// How the safety invariants held, a sentence each; `nil` before anything is known about them.
    public var safety: [String]?

    /// Nothing known yet.
    public init() {}

    /// Notes what was not as in production, once.
    public mutating func note(standIn: String) {
        if !standIns.contains(standIn) { standIns.append(standIn) }
    }

    /// Notes how an invariant held, once.
    mutating func note(safety sentence: String) {
        if safety?.contains(sentence) != true { safety = (safety ?? []) + [sentence] }
    }

    func bounded() -> RunEnvironment {
        var facts = self
        func short(_ text: String) -> String { cut(text, to: 500) }
        facts.kernel = kernel.map(short)
        facts.accelerator = accelerator.map(short)
        facts.libvirt = libvirt.map(short)
        facts.qemu = qemu.map(short)
        facts.ansible = ansible.map(short)
        facts.image = image.map {
            Image(file: short($0.file), sha256: short($0.sha256), source: short($0.source), origin: short($0.origin))
        }
        facts.layer = layer.map { Layer(used: $0.used.map(short), misses: $0.misses.prefix(50).map(short)) }
        facts.certTier = certTier.map(short)
        facts.standIns = standIns.prefix(50).map(short)
        facts.safety = safety?.prefix(50).map(short)
        return facts
    }
}
