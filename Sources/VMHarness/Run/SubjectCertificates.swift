import Foundation

extension Subject {
    /// Finds the authority of the cert tiers beside `internal`, or starts one; see ``CertificateAuthority``.
    ///
    /// A directory outside is asked whether it is there, unless the certificate that the tier needs is stored already:
    /// then nobody is asked anything.
    /// - Throws: ``HarnessTrouble`` when the profile does not say how the playbook gets a certificate, or the directory
    ///   that the operator chose does not answer.
    public func startAuthority() async throws -> CertificateAuthority {
        let certificates = try profile.certificatesOrTrouble()
        let authority = try await authority(certificates)
        let words = "\(session.configuration.certificates.tier.rawValue), from \(authority.directory)"
        session.report.describe { facts in facts.certTier = words }
        log.say("cert tier: \(words)")
        return authority
    }

    private func authority(_ profile: Profile.Certificates) async throws -> CertificateAuthority {
        let found = try await CertificateAuthority.find(
            for: profile, configuration: session.configuration, runner: runner, say: log.say)
        switch found {
        case .lab(let reason): return try await startLab(profile, because: reason)
        case .outside(let directory): return .outside(directory)
        }
    }

    private func startLab(_ profile: Profile.Certificates, because reason: String) async throws -> CertificateAuthority
    {
        session.report.describe { facts in facts.note(standIn: AcmeLab.words(reason)) }
        log.say("stand-in: \(AcmeLab.words(reason))")
        return .lab(
            try await AcmeLab.start(
                zone: profile.zone, folder: folder.appending(path: "acme-lab"), configuration: session.configuration))
    }

    private var store: CertificateStore {
        CertificateStore(session.configuration.certificates.store, runner: runner, say: log.say)
    }

    /// A file with the roots that the authority's certificates have to lead to, and no others.
    ///
    /// - Throws: ``CommandError`` or ``HarnessTrouble`` when there is none.
    public func roots(of authority: CertificateAuthority) async throws -> URL {
        try await authority.roots(session.configuration.certificates.authorityRoot, in: folder, runner: runner)
    }

    /// Runs the playbook so that it gets a certificate by itself.
    ///
    /// - Parameters:
    ///   - name: name of this run of it.
    ///   - scenario: whose variables it has; those of the one that the profile's `certificates` names when `nil`.
    ///   - tags: the part of it to run; all of it when empty.
    @discardableResult
    public func issueCertificate(
        _ name: String, from authority: CertificateAuthority, scenario: String? = nil, tags: [String] = []
    ) async throws -> PlayRecap {
        let certificates = try profile.certificatesOrTrouble()
        let variables = try profile.scenario(scenario ?? certificates.scenario).merging(certificates.issued) { $1 }
            .merging(authority.variables(certificates)) { $1 }
        return try await authority.visible(to: machine) {
            try await play().run(name, variables: variables, tags: tags)
        }
    }

    /// Runs the playbook so that the stored certificate is served; one is issued here and stored when there is none.
    ///
    /// - Parameter name: name of the run of the playbook that serves a stored one.
    /// - Returns: the certificate, whether it was issued just now, and what the playbook did.
    /// - Throws: ``HarnessTrouble`` when the store can't be used; see ``CertificateStore``.
    @discardableResult
    public func serveStoredCertificate(
        _ name: String = "supplied", from authority: CertificateAuthority, scenario: String? = nil, tags: [String] = []
    ) async throws -> (certificate: StoredCertificate, isNew: Bool, recap: PlayRecap) {
        let certificates = try profile.certificatesOrTrouble()
        let directory = authority.directory
        var issued: PlayRecap?
        let (certificate, _) = try await store.certificate(for: certificates.names, from: directory) {
            issued = try await issueCertificate("issue", from: authority, scenario: scenario, tags: tags)
            // The lab's root is stored, because it goes with this run. That of an outside authority can be found again.
            let root = try await authority.lab?.root()
            return try await StoredCertificate(
                directory: directory, names: certificates.names, chain: secret(certificates.chain),
                key: secret(certificates.privateKey),
                authority: root.map { try String(contentsOf: $0, encoding: .utf8) },
                runner: runner)
        }
        if let issued { return (certificate, true, issued) }
        let given: [String: JSONValue] = [
            certificates.variables.chain: .string(certificate.chain),
            certificates.variables.privateKey: .string(certificate.key),
        ]
        // The authority stays reachable: a playbook that asks it all the same is then counted instead of hanging.
        let variables = try profile.scenario(scenario ?? certificates.scenario).merging(certificates.supplied) { $1 }
            .merging(authority.variables(certificates)) { $1 }.merging(given) { $1 }
        let recap = try await authority.visible(to: machine) {
            try await play().run(name, variables: variables, tags: tags)
        }
        return (certificate, false, recap)
    }

    /// A file of the guest, read by a look, which leaves no log.
    private func secret(_ path: String) async throws -> String {
        try await machine.ssh.runAsRoot(
            "cat \(shellQuoted(path))", limit: machine.limit(.command), isPoll: true
        ).requireSuccess("fetching \(path)").output
    }
}
