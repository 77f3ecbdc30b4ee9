import Foundation

/// Whom the cert tiers beside `internal` ask for certificates (`BOMA_IT_ACME_DIRECTORY`).
public enum AuthorityChoice: Equatable, Sendable {
    /// Let's Encrypt, or Pebble where that can't be: for a zone that exists nowhere, or without the internet.
    case automatic
    /// Debian's Pebble, on the control host.
    case pebble
    /// The ACME directory at this address, and nobody else.
    case directory(String)
}
