import Foundation

/// What `openssl` says about certificates and keys. Keys go through its standard input, never
/// through argv.
struct OpenSSL {
    let runner: any CommandRunner

    /// What stands in a certificate.
    struct Certificate: Equatable {
        var serial: String
        var issuer: String
        /// The DNS names that it is for.
        var names: [String]
        var notBefore: Date
        var notAfter: Date
        var publicKey: String
    }

    /// Reads the first certificate of a chain.
    ///
    /// - Parameter chain: PEM.
    /// - Throws: ``HarnessTrouble`` when it is none.
    func certificate(_ chain: String) async throws -> Certificate {
        let told = try await runner.run(
            Command(
                "openssl",
                [
                    "x509", "-noout", "-serial", "-issuer", "-startdate", "-enddate", "-dateopt", "iso_8601", "-ext",
                    "subjectAltName", "-pubkey",
                ], input: chain)
        ).requireSuccess("reading a certificate").output
        func value(_ key: String) -> String {
            told.lines.first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) } ?? ""
        }
        func date(_ key: String) -> Date? {
            try? Date(value(key).replacingOccurrences(of: " ", with: "T"), strategy: .iso8601)
        }
        let names = told.matches(of: /DNS:([^,\s]+)/).map { String($0.1) }
        guard let start = date("notBefore"), let end = date("notAfter"), !value("serial").isEmpty, !names.isEmpty,
            let key = told.firstMatch(of: /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/)
        else {
            throw HarnessTrouble("a certificate", why: "can't be read", fix: "see what openssl x509 says about it")
        }
        return Certificate(
            serial: value("serial"), issuer: value("issuer"), names: names, notBefore: start, notAfter: end,
            publicKey: String(key.output))
    }

    /// The public half of a private key, as ``Certificate/publicKey`` has it.
    ///
    /// - Throws: ``CommandError`` when it is no key.
    func publicKey(of key: String) async throws -> String {
        try await runner.run(Command("openssl", ["pkey", "-pubout"], input: key))
            .requireSuccess("reading a private key").output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
