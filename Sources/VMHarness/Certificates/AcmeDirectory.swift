import Foundation

/// An ACME directory outside this machine. The guest reaches it, and the API of the zone's DNS, through its own egress; the
/// repository's variables say how.
public struct AcmeDirectory: Sendable, Equatable {
    /// Its address.
    public let address: String

    /// Let's Encrypt's for tests (<https://letsencrypt.org/docs/staging-environment/>).
    static let letsEncryptStaging = AcmeDirectory(address: "https://acme-staging-v02.api.letsencrypt.org/directory")
    /// Let's Encrypt's for everybody.
    static let letsEncrypt = AcmeDirectory(address: "https://acme-v02.api.letsencrypt.org/directory")

    /// The roots that Let's Encrypt's staging issues below; no client trusts one of them. From the same page.
    private static let stagingRoots = [
        "letsencrypt-stg-root-x1.pem", "letsencrypt-stg-root-x2.pem", "gen-y/root-ye.pem", "gen-y/root-yr.pem",
    ].map { "https://letsencrypt.org/certs/staging/\($0)" }

    /// What Debian trusts (package ca-certificates).
    private static let publicRoots = URL(filePath: "/etc/ssl/certs/ca-certificates.crt")

    /// What the issuers of its certificates have in their names; `nil` where that is not known.
    public var issuer: String? {
        switch self {
        case .letsEncryptStaging: "(STAGING)"
        case .letsEncrypt: "Let's Encrypt"
        default: nil
        }
    }

    /// Why it can't be used from here; `nil` when it answers as one (RFC 8555, 7.1.1).
    func obstacle(runner: any CommandRunner) async throws -> String? {
        let result = try await runner.run(
            Curl.command(
                address, ["--fail", "--location", "--max-time", "15", "--max-filesize", "100000"], limit: .seconds(20)))
        guard result.succeeded else {
            // For a certificate that it does not trust, curl prints several lines.
            return printable(result.errorOutput.lines.first ?? "no answer")
        }
        let answer = try? JSONDecoder().decode([String: JSONValue].self, from: Data(result.output.utf8))
        return answer?["newOrder"] == nil ? "what answers there is no ACME directory" : nil
    }

    /// A file with the roots that its certificates have to lead to.
    ///
    /// - Parameters:
    ///   - own: the operator's (`BOMA_IT_ACME_ROOT`).
    ///   - folder: where fetched ones are written.
    /// - Throws: ``HarnessTrouble`` when there is none.
    func roots(_ own: URL?, in folder: URL, runner: any CommandRunner) async throws -> URL {
        if let own {
            guard (try? String(contentsOf: own, encoding: .utf8))?.contains("-----BEGIN CERTIFICATE-----") == true
            else {
                throw HarnessTrouble(
                    "BOMA_IT_ACME_ROOT", why: "\(own.path) holds no certificate (PEM)",
                    fix: "set it to a file with the root of \(address)")
            }
            return own
        }
        guard self == .letsEncryptStaging else { return Self.publicRoots }
        var roots: [String] = []
        for place in Self.stagingRoots {
            let fetched = try await runner.run(
                Curl.command(place, ["--fail", "--location", "--max-time", "30"])
            ).requireSuccess(
                "fetching a root of Let's Encrypt's staging", hint: "or set BOMA_IT_ACME_ROOT to a file with the roots")
            roots.append(fetched.output)
        }
        let file = folder.appending(path: "staging-roots.pem")
        try roots.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        return file
    }
}
