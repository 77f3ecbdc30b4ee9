import Foundation

/// Who issues the subject's certificates in the cert tiers beside `internal`.
public enum CertificateAuthority: Sendable {
    /// Pebble and a stand-in of the DNS, on this machine.
    case lab(AcmeLab)
    /// A directory outside, such as Let's Encrypt's, with the zone's real DNS.
    case outside(AcmeDirectory)

    /// Whom a tier would ask, before anybody was asked anything.
    enum Preference: Equatable {
        /// Pebble; and why not Let's Encrypt.
        case lab(because: String)
        /// A directory; when it is not the operator's own choice, Pebble where it does not answer.
        case outside(AcmeDirectory, isChosen: Bool)
    }

    static func preference(_ tier: CertTier, zone: String, choice: AuthorityChoice) -> Preference {
        switch choice {
        case .pebble: return .lab(because: "BOMA_IT_ACME_DIRECTORY is pebble")
        case .directory(let address): return .outside(AcmeDirectory(address: address), isChosen: true)
        case .automatic:
            guard !isReserved(zone) else {
                return .lab(because: "zone \(zone) exists nowhere")
            }
            return .outside(tier == .leProdWildcard ? .letsEncrypt : .letsEncryptStaging, isChosen: false)
        }
    }

    /// Names that no public DNS has: RFC 2606, 6761, 6762, 7686, 8375, 9476, and ICANN's `internal`.
    private static func isReserved(_ zone: String) -> Bool {
        let labels = zone.lowercased().split(separator: ".").map(String.init)
        let ending = labels.suffix(2).joined(separator: ".")
        return [
            "example", "test", "invalid", "localhost", "local", "onion", "alt", "internal",
        ].contains(labels.last ?? "") || ["home.arpa", "example.com", "example.net", "example.org"].contains(ending)
    }

    /// Whom a tier asks, after the directory was asked whether it is there.
    enum Finding: Equatable {
        /// Pebble; and why not Let's Encrypt.
        case lab(because: String)
        /// A directory.
        case outside(AcmeDirectory)
    }

    /// Finds the authority for a zone. Nobody is asked anything where the certificate is there already.
    ///
    /// - Parameter isStored: whether a certificate of this directory is kept that needs no renewal; asked for the tier that
    ///   keeps one.
    /// - Throws: ``HarnessTrouble`` when the directory that the operator chose does not answer.
    static func find(
        _ tier: CertTier, zone: String, choice: AuthorityChoice, runner: any CommandRunner,
        isStored: (AcmeDirectory) async throws -> Bool
    ) async throws -> Finding {
        switch preference(tier, zone: zone, choice: choice) {
        case .lab(let reason): return .lab(because: reason)
        case .outside(let directory, let isChosen):
            if tier == .leProdWildcard, try await isStored(directory) { return .outside(directory) }
            guard let obstacle = try await directory.obstacle(runner: runner) else { return .outside(directory) }
            guard !isChosen else {
                throw HarnessTrouble(
                    "ACME directory \(directory.address)", why: "can't be used: \(obstacle)",
                    fix: "correct BOMA_IT_ACME_DIRECTORY, or set it to pebble")
            }
            return .lab(because: "\(directory.address) can't be used from here: \(obstacle)")
        }
    }

    /// Finds the authority for a profile, with the store and the settings of a run.
    static func find(
        for profile: Profile.Certificates, configuration: HarnessConfiguration, runner: any CommandRunner,
        say: @escaping @Sendable (String) -> Void
    ) async throws -> Finding {
        let store = CertificateStore(configuration.certificates.store, runner: runner, say: say)
        return try await find(
            configuration.certificates.tier, zone: profile.zone, choice: configuration.certificates.authority,
            runner: runner
        ) {
            try await store.stored(for: profile.names, from: $0.address) != nil
        }
    }

    /// Checks that the certificates of a run can be issued, before a machine is made for it.
    ///
    /// - Throws: ``HarnessTrouble`` when the directory that the operator chose does not answer, or when Pebble takes
    ///   Let's Encrypt's place and is not installed.
    static func check(
        _ profile: Profile.Certificates, configuration: HarnessConfiguration, runner: any CommandRunner
    ) async throws {
        let found = try await find(for: profile, configuration: configuration, runner: runner, say: { _ in })
        guard case .lab(let reason) = found,
            let obstacle = AcmeLab.obstacle(path: configuration.toolEnvironment["PATH"] ?? "")
        else { return }
        throw HarnessTrouble(
            "cert tier \(configuration.certificates.tier.rawValue)", why: "\(reason), so it \(obstacle)",
            fix: AcmeLab.fix)
    }

    /// The stand-ins, which count what they are asked; `nil` where the authority is a real one.
    public var lab: AcmeLab? {
        if case .lab(let lab) = self { lab } else { nil }
    }

    /// Address of the ACME directory.
    public var directory: String {
        switch self {
        case .lab: AcmeLab.directory
        case .outside(let directory): directory.address
        }
    }

    /// What the issuers of its certificates have in their names; `nil` where that is not known.
    public var issuer: String? {
        switch self {
        case .lab: AcmeLab.issuer
        case .outside(let directory): directory.issuer
        }
    }

    /// Ends what was started for it.
    public func stop() { lab?.stop() }

    /// Variables by which the playbook finds it. The DNS of an authority outside is the repository's to name.
    func variables(_ certificates: Profile.Certificates) throws -> [String: JSONValue] {
        switch self {
        case .lab(let lab):
            try lab.variables(named: certificates.variables).merging(certificates.standIn ?? [:]) { mine, _ in mine }
        case .outside(let directory): [certificates.variables.directory: .string(directory.address)]
        }
    }

    /// Runs `body` while a machine can reach it.
    public func visible<Value: Sendable>(to machine: Machine, _ body: () async throws -> Value) async throws -> Value {
        guard let lab else { return try await body() }
        return try await lab.visible(to: machine, body)
    }

    /// A file with the roots that its certificates have to lead to, and no others.
    ///
    /// - Parameters:
    ///   - own: the operator's (`BOMA_IT_ACME_ROOT`); counts for an authority outside.
    ///   - folder: where fetched ones are written.
    func roots(_ own: URL?, in folder: URL, runner: any CommandRunner) async throws -> URL {
        switch self {
        case .lab(let lab): try await lab.root()
        case .outside(let directory): try await directory.roots(own, in: folder, runner: runner)
        }
    }
}
