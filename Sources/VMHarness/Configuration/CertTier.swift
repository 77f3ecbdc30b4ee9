import Foundation

/// Where the subject's certificates come from (`BOMA_IT_CERTS`).
public enum CertTier: String, CaseIterable, Sendable {
    /// The subject's own authority; needs nothing.
    case `internal`
    /// An ACME directory whose certificates nobody trusts, with proof by DNS.
    case leStaging = "le-staging"
    /// A wildcard, issued once and kept on the control host.
    case leProdWildcard = "le-prod-wildcard"

    /// Why this tier can't run on this machine; `nil` when it can, or when that depends on the zone and on who answers.
    ///
    /// - Parameters:
    ///   - path: folders in which programs are looked for.
    ///   - choice: whom it asks. An ACME directory needs no program here, Let's Encrypt's neither.
    public func obstacle(path: String, choice: AuthorityChoice = .automatic) -> String? {
        guard self != .internal, choice == .pebble else { return nil }
        return ToolSearch.find("pebble", path: path) != nil
            ? nil : "needs an ACME authority on the control host, and there is no program pebble"
    }
}
