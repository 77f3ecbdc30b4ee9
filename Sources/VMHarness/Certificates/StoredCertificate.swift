import Foundation

/// A certificate with its private key, as it is kept between runs.
public struct StoredCertificate: Codable, Sendable, Equatable {
    /// Address of the ACME directory that it came from.
    public var directory: String
    /// The names that it is for.
    public var names: [String]
    /// Who issued it, as OpenSSL writes it.
    public var issuer: String
    /// Its serial number, in hexadecimal.
    public var serial: String
    /// When its validity begins.
    public var issued: Date
    /// When its validity ends.
    public var expires: Date
    /// The certificate and those between it and the root, PEM.
    public var chain: String
    /// Its private key, PEM.
    public var key: String
    /// Root of an authority that was gone afterwards (``AcmeLab``), PEM.
    public var authority: String?

    enum CodingKeys: String, CodingKey {
        case directory, names, issuer, serial, issued, expires, chain, authority
        case key = "private_key"
    }

    /// Whether there is more than a third of its validity left: less, and Let's Encrypt's advice is to renew. Its begin may
    /// be an hour away, for clocks that differ.
    public func isFresh(at now: Date) -> Bool {
        issued.timeIntervalSince(now) < 3600
            && expires.timeIntervalSince(now) > expires.timeIntervalSince(issued) / 3
    }

    /// Takes apart what was issued.
    ///
    /// - Throws: ``HarnessTrouble`` when it is for other names, or the key is another certificate's.
    public init(
        directory: String, names: [String], chain: String, key: String, authority: String?, runner: any CommandRunner
    ) async throws {
        Redactor.shared.learn([key])
        let openssl = OpenSSL(runner: runner)
        let facts = try await openssl.certificate(chain)
        guard Set(facts.names) == Set(names) else {
            throw HarnessTrouble(
                "the certificate from \(directory)",
                why: "is for \(facts.names.joined(separator: ", ")), not for \(names.joined(separator: ", "))",
                fix: "check the names that the play asked for")
        }
        guard try await openssl.publicKey(of: key) == facts.publicKey else {
            throw HarnessTrouble(
                "the certificate from \(directory)", why: "does not belong to the key that came with it",
                fix: "issue it again")
        }
        self.directory = directory
        self.names = names
        self.chain = chain
        self.key = key
        self.authority = authority
        issuer = facts.issuer
        serial = facts.serial
        issued = facts.notBefore
        expires = facts.notAfter
    }
}
