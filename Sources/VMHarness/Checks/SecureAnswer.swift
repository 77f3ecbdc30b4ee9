import Foundation

/// What a TLS server answers from outside, with the certificate that it showed, after the chain was verified.
public struct SecureAnswer: Sendable, Equatable {
    /// HTTP status.
    public var status: Int
    /// Issuer of the served certificate, as OpenSSL writes it.
    public var issuer: String
    /// Names that the certificate is for, as OpenSSL writes them.
    public var names: String
    /// Serial number of the certificate.
    public var serial: String
    /// The answer's text.
    public var body: String

    /// What separates the body from curl's own words about the transfer.
    private static let mark = "--boma-it--"

    /// Asks over the network, with the name in TLS and HTTP and no DNS.
    ///
    /// - Parameters:
    ///   - authority: the only authority that is trusted.
    /// - Throws: ``CommandError`` when there is no answer, the chain does not end at that authority, or the name is wrong.
    public static func ask(
        _ name: String, path: String, at address: String, trusting authority: URL, runner: any CommandRunner,
        seconds: Int
    ) async throws -> SecureAnswer {
        let result = try await runner.run(
            Curl.command(
                "https://\(name)\(path)",
                [
                    "--noproxy", "*", "--max-time", "\(seconds)", "--max-filesize", "1000000", "--cacert",
                    authority.path,
                    "--capath", "/dev/null", "--connect-to", "::\(address):", "--write-out",
                    "\(mark)%{http_code}\n%{certs}",
                ],
                limit: .seconds(seconds + 10))
        ).requireSuccess("asking \(name) at \(address) over TLS", hint: "see caddy's journal in the machine")
        return SecureAnswer(transfer: result.output)
    }

    /// Takes apart what curl wrote: body, mark, status, and the chain with the served certificate first.
    init(transfer: String) {
        let parts = transfer.components(separatedBy: Self.mark)
        body = parts.dropLast().joined(separator: Self.mark)
        let lines = (parts.last ?? "").lines
        status = Int(lines.first ?? "") ?? 0
        func first(_ key: String) -> String {
            lines.first { $0.hasPrefix(key) }.map {
                String($0.dropFirst(key.count)).trimmingCharacters(in: .whitespaces)
            } ?? ""
        }
        issuer = first("Issuer:")
        names = first("X509v3 Subject Alternative Name:")
        serial = first("Serial Number:")
    }
}
