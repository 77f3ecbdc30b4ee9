import Foundation

extension Subject {
    /// Starts the authority of the cert tiers beside `internal`; see ``AcmeLab``.
    ///
    /// - Throws: ``HarnessTrouble`` when the profile does not say how the playbook gets a certificate.
    public func startAuthority() async throws -> AcmeLab {
        let profile = try run.profile.certificatesOrTrouble()
        let tier = run.configuration.certs.rawValue
        run.report.describe { facts in
            facts.certTier = tier
            facts.note(standIn: AcmeLab.words)
        }
        return try await AcmeLab.start(
            zone: profile.zone, folder: folder.appending(path: "acme-lab"), configuration: run.configuration)
    }

    /// Runs the playbook so that it gets a certificate by itself.
    ///
    /// - Parameters:
    ///   - name: name of this run of it.
    ///   - scenario: whose variables it has; those of the one that the profile's `certificates` names when `nil`.
    ///   - tags: the part of it to run; all of it when empty.
    @discardableResult
    public func issueCertificate(_ name: String, from lab: AcmeLab, scenario: String? = nil, tags: [String] = [])
        async throws -> PlayRecap
    {
        let profile = try run.profile.certificatesOrTrouble()
        let variables = try run.profile.scenario(scenario ?? profile.scenario).merging(profile.issued) { $1 }
            .merging(lab.variables(named: profile.variables)) { $1 }
        return try await lab.visible(to: machine) {
            try await play().run(name, variables: variables, tags: tags)
        }
    }

    /// Runs the playbook so that the stored certificate is served; one is issued here and stored when there is none.
    ///
    /// - Returns: the certificate, and whether it was issued just now.
    /// - Throws: ``HarnessTrouble`` when the store can't be used; see ``CertificateStore``.
    @discardableResult
    public func serveStoredCertificate(from lab: AcmeLab, scenario: String? = nil, tags: [String] = []) async throws
        -> (
            certificate: StoredCertificate, isNew: Bool
        )
    {
        let profile = try run.profile.certificatesOrTrouble()
        let store = CertificateStore(run.configuration.certificates, runner: runner, say: run.log.say)
        let (certificate, isNew) = try await store.certificate(for: profile.names, from: AcmeLab.directory) {
            try await issueCertificate("issue", from: lab, scenario: scenario, tags: tags)
            return try await StoredCertificate(
                directory: AcmeLab.directory, names: profile.names, chain: secret(profile.chain),
                key: secret(profile.privateKey), authority: String(contentsOf: lab.root(), encoding: .utf8),
                runner: runner)
        }
        guard !isNew else { return (certificate, true) }
        let given: [String: JSONValue] = [
            profile.variables.chain: .string(certificate.chain),
            profile.variables.privateKey: .string(certificate.key),
        ]
        // The authority can be seen, so that a playbook that asks it all the same is counted and not merely stuck.
        let variables = try run.profile.scenario(scenario ?? profile.scenario).merging(profile.supplied) { $1 }
            .merging(lab.variables(named: profile.variables)) { $1 }.merging(given) { $1 }
        _ = try await lab.visible(to: machine) {
            try await play().run("supplied", variables: variables, tags: tags)
        }
        return (certificate, false)
    }

    /// A file of the guest, read by a look, which leaves no log.
    private func secret(_ path: String) async throws -> String {
        try await machine.ssh.runAsRoot(
            "cat \(shellQuoted(path))", limit: machine.limit(seconds: 10), isPoll: true
        ).requireSuccess("fetching \(path)").output
    }
}
