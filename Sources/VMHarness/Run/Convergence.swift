/// Runs of the playbook against one machine as the cert tier asks for: with the host's own authority, with one that issues, or
/// with a stored certificate. The authority is the same for all of them.
public struct Convergence: Sendable {
    private let subject: Subject
    /// Name of the profile's variables; `nil` for none.
    public let scenario: String?
    private let authority: CertificateAuthority?

    /// Gets ready, and brings what can't be had offline.
    ///
    /// - Parameters:
    ///   - scenario: name of the profile's variables; those that the cert tier needs, or none, when `nil`.
    ///   - isBare: whether what the profile's `layer.tags` install is still missing.
    /// - Throws: ``HarnessTrouble`` when the profile has no such scenario, or the tier can't be had.
    public init(_ subject: Subject, scenario named: String?, isBare: Bool) async throws {
        self.subject = subject
        let tier = subject.session.configuration.certificates.tier
        scenario = try Self.scenario(named, tier: tier, profile: subject.profile)
        if let scenario { try await subject.bringStandIns(for: scenario, isBare: isBare) }
        authority = tier == .internal ? nil : try await subject.startAuthority()
    }

    /// The scenario that is meant.
    ///
    /// - Throws: ``HarnessTrouble`` when the profile has no such scenario, or no certificates although the tier needs them.
    @discardableResult
    public static func scenario(_ named: String?, tier: CertTier, profile: Profile) throws -> String? {
        let name = try named ?? (tier == .internal ? nil : profile.certificatesOrTrouble().scenario)
        if let name { _ = try profile.scenario(name) }
        return name
    }

    /// The variables of the scenario.
    var variables: [String: JSONValue] {
        get throws { try scenario.map(subject.profile.scenario) ?? [:] }
    }

    /// Ends what was started for it.
    public func stop() { authority?.stop() }

    /// Runs the playbook.
    ///
    /// - Parameters:
    ///   - name: name of this run of it, for its logs.
    ///   - tags: part of the playbook; all of it when empty.
    /// - Throws: as ``Play/run(_:variables:tags:)``.
    @discardableResult
    public func run(_ name: String, tags: [String] = []) async throws -> PlayRecap {
        guard let authority else {
            return try await subject.play().run(name, variables: try variables, tags: tags)
        }
        guard subject.session.configuration.certificates.tier == .leProdWildcard else {
            return try await subject.issueCertificate(name, from: authority, scenario: scenario, tags: tags)
        }
        return try await subject.serveStoredCertificate(name, from: authority, scenario: scenario, tags: tags).recap
    }
}
