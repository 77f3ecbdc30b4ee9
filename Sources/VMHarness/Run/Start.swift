/// What has already happened to a subject when a test gets it. Everything but a cold start may come out of a layer.
public enum Start: Sendable, Equatable {
    /// Nothing: straight from the golden image, with its first boot. For tests that are about that boot.
    case cold
    /// It has booted and settled, with what the profile's `layer.tags` install.
    case booted
    /// The playbook has run with this scenario's variables.
    case converged(String)

    /// Name of the stage, for layers and folders.
    var stage: String {
        switch self {
        case .cold: "cold"
        case .booted: "booted"
        case .converged(let scenario): "converged-\(scenario)"
        }
    }
}
