/// A layer could not be used. Only what says something about the layer itself is one: a host that is short of memory, or a
/// libvirt that is away, is not.
public struct LayerFault: Error, CustomStringConvertible, Sendable {
    /// What went wrong.
    public let problem: String
    /// Whether the layer is known to be bad: else it may have been the host's fault, and it is tried once more.
    public let isCertain: Bool

    /// What went wrong.
    public var description: String { problem }
}
