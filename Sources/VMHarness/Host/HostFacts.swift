import Foundation

/// What a saved memory depends on of the machine that it was saved on.
public enum HostFacts {
    /// The kernel and, where the guest runs on the processor itself, the processor: a guest goes on with the features it
    /// has found at its boot.
    ///
    /// - Throws: the file system's error when the kernel doesn't say.
    public static func text(_ accelerator: Accelerator) throws -> String {
        let kernel = try String(contentsOfFile: "/proc/version", encoding: .utf8)
        guard accelerator == .kvm else { return kernel }
        let processor = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).lines
            .filter { line in ["model name", "flags", "microcode", "stepping"].contains { line.hasPrefix($0) } }
        return kernel + Set(processor).sorted().joined(separator: "\n")
    }
}
