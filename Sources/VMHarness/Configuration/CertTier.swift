/// Where the subject's certificates come from (`BOMA_IT_CERTS`).
public enum CertTier: String, CaseIterable, Sendable {
    /// The subject's own authority; needs nothing.
    case `internal`
    /// An ACME directory whose certificates nobody trusts, with proof by DNS.
    case leStaging = "le-staging"
    /// A wildcard that real clients trust, issued once and kept on the control host.
    case leProdWildcard = "le-prod-wildcard"

    /// Why this tier can't run with this boma-it; `nil` when it can.
    public var obstacle: String? {
        self == .leProdWildcard ? "boma-it has no store for a production certificate yet (decision 4)" : nil
    }
}
