/// What becomes of a machine when its test ends.
public enum KeepPolicy: String, CaseIterable, Sendable {
    /// Kept after a failure, destroyed after success.
    case onFailure = "on-failure"
    /// Kept in any case.
    case always
    /// Destroyed in any case, as on a build server; the evidence stays.
    case never

    /// Whether the machine stays.
    public func keeps(afterFailure: Bool) -> Bool {
        switch self {
        case .onFailure: afterFailure
        case .always: true
        case .never: false
        }
    }
}
