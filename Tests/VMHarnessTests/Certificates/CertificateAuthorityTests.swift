import XCTest

@testable import VMHarness

/// Whom the cert tiers ask for certificates. Nobody is asked here.
final class CertificateAuthorityTests: XCTestCase {
    private func preference(_ zone: String, _ tier: CertTier = .leStaging, _ choice: AuthorityChoice = .automatic)
        -> CertificateAuthority.Preference
    {
        CertificateAuthority.preference(tier, zone: zone, choice: choice)
    }

    func testARealZoneIsLetsEncryptsByItself() {
        for zone in ["boma.net", "lab.example.dev", "testing.org", "localhost.io"] {
            XCTAssertEqual(preference(zone), .outside(.letsEncryptStaging, isChosen: false), zone)
            XCTAssertEqual(preference(zone, .leProdWildcard), .outside(.letsEncrypt, isChosen: false), zone)
        }
        XCTAssertTrue(AcmeDirectory.letsEncryptStaging.address.contains("staging"))
        XCTAssertFalse(AcmeDirectory.letsEncrypt.address.contains("staging"))
    }

    func testAZoneThatExistsNowhereIsPebbles() {
        for zone in [
            "boma.example", "BOMA.EXAMPLE", "a.test", "x.invalid", "mesh.localhost", "nas.local", "b.internal",
            "home.arpa",
            "lab.home.arpa", "example.org", "sub.example.com",
        ] {
            guard case .lab(let reason) = preference(zone) else { return XCTFail("\(zone): \(preference(zone))") }
            XCTAssertTrue(reason.contains(zone), reason)
            XCTAssertTrue(AcmeLab.words(reason).hasSuffix(reason), "the report says why")
        }
    }

    func testWhatTheOperatorChoosesCounts() {
        let own = "https://ca.lab.example/acme/acme/directory"
        XCTAssertEqual(
            preference("boma.example", .leStaging, .directory(own)),
            .outside(AcmeDirectory(address: own), isChosen: true))
        guard case .lab = preference("boma.net", .leProdWildcard, .pebble) else { return XCTFail("not Pebble") }
    }

    func testTheEnvironmentNamesTheDirectory() throws {
        func choice(_ value: String?) throws -> AuthorityChoice {
            let environment = value.map { ["BOMA_IT_ACME_DIRECTORY": $0] } ?? [:]
            return try HarnessConfiguration(environment: environment, packageRoot: URL(filePath: "/r")).certificates
                .authority
        }
        XCTAssertEqual(try choice(nil), .automatic)
        XCTAssertEqual(try choice("auto"), .automatic)
        XCTAssertEqual(try choice("pebble"), .pebble)
        XCTAssertEqual(try choice("https://ca.lab:9000/dir"), .directory("https://ca.lab:9000/dir"))
        for wrong in ["http://ca.lab/dir", "letsencrypt", "https://", "https:///dir", "-o/etc/passwd"] {
            XCTAssertThrowsError(try choice(wrong)) {
                XCTAssertTrue("\($0)".contains("BOMA_IT_ACME_DIRECTORY is '\(wrong)'"), "\($0)")
                XCTAssertTrue("\($0)".contains("auto, pebble, or the https://"), "\($0)")
            }
        }
    }

    func testADirectoryIsOneByItsAnswer() async throws {
        let directory = AcmeDirectory(address: "https://ca.lab/dir")
        for (status, output, expected) in [
            (0, #"{"newNonce": "https://ca.lab/n", "newOrder": "https://ca.lab/o", "meta": {}}"#, nil),
            (0, "<html>a portal</html>", "what answers there is no ACME directory"),
            (0, #"{"error": "nothing here"}"#, "what answers there is no ACME directory"),
            (6, "curl: (6) Could not resolve host: ca.lab", "curl: (6) Could not resolve host: ca.lab"),
            (60, "curl: (60) self-signed certificate\nMore details here", "curl: (60) self-signed certificate"),
        ] as [(Int32, String, String?)] {
            let found = try await directory.obstacle(runner: ScriptedRunner { _ in (status, output) })
            XCTAssertEqual(found, expected)
        }
    }

    /// Let's Encrypt's own tier needs no Pebble; where Pebble takes its place, a missing one is told before a machine is made.
    func testPebbleHasToBeThereOnlyWhereItIsAsked() async throws {
        let folder = try temporaryFolder()
        func check(_ zone: String, answer: String) async throws {
            var configuration = try HarnessConfiguration(
                environment: ["PATH": folder.path, "HOME": folder.path, "BOMA_IT_CERTS": "le-staging"],
                packageRoot: folder)
            configuration.certificates.store = folder
            let profile = try JSONDecoder().decode(
                Profile.Certificates.self,
                from: Data(
                    #"""
                    {"scenario": "s", "zone": "\#(zone)", "names": ["a.\#(zone)"], "site": "a.\#(zone)", "chain": "/c",
                     "private_key": "/k", "issued": {}, "supplied": {}, "variables": {"directory": "a", "dns_api": "b",
                     "authority": "c", "chain": "d", "private_key": "e"}}
                    """#
                    .utf8))
            try await CertificateAuthority.check(
                profile, configuration: configuration,
                runner: ScriptedRunner { _ in answer.isEmpty ? (28, "curl: (28) timed out") : (0, answer) })
        }
        let directory = #"{"newNonce": "https://ca.lab/n", "newOrder": "https://ca.lab/o"}"#
        try await check("boma.net", answer: directory)
        await assertThrows({ try await check("boma.net", answer: "") }) {
            XCTAssertTrue($0.contains("can't be used from here: curl: (28)") && $0.contains("no program pebble"), $0)
        }
        await assertThrows({ try await check("boma.example", answer: directory) }) {
            XCTAssertTrue($0.contains("exists nowhere") && $0.contains("no program pebble"), $0)
        }
    }

    /// A run under emulation takes hours.
    func testTheLabLastsAsLongAsARun() throws {
        let ssh = SSHClient(runner: ScriptedRunner { _ in (0, "") }, configFile: URL(filePath: "/c"), host: "askari")
        let commands = AcmeLab.programs(dns: [], authority: []).values + [AcmeLab.tunnel(through: ssh)]
        XCTAssertEqual(commands.count, 3)
        for command in commands { XCTAssertGreaterThan(command.limit, .seconds(86400), command.line) }
    }

    func testADirectoryThatDoesNotAnswerIsPebblesUnlessItWasChosen() async throws {
        let silent = ScriptedRunner { _ in (28, "curl: (28) timed out") }
        func find(_ zone: String, _ choice: AuthorityChoice, _ tier: CertTier = .leStaging, isStored: Bool = false)
            async throws -> CertificateAuthority.Finding
        {
            try await CertificateAuthority.find(tier, zone: zone, choice: choice, runner: silent) { _ in isStored }
        }
        guard case .lab(let reason) = try await find("boma.net", .automatic) else { return XCTFail("not Pebble") }
        XCTAssertTrue(reason.contains("acme-staging-v02") && reason.contains("timed out"), reason)
        await assertThrows({ _ = try await find("boma.net", .directory("https://ca.lab/dir")) }) {
            XCTAssertTrue($0.contains("https://ca.lab/dir") && $0.contains("timed out"), $0)
            XCTAssertTrue($0.contains("BOMA_IT_ACME_DIRECTORY"), $0)
        }
        // What is there already is nobody's to ask for; a certificate that nobody trusts is got anew each time.
        let asked = silent.commands.count
        let stored = try await find("boma.net", .automatic, .leProdWildcard, isStored: true)
        XCTAssertEqual(stored, .outside(.letsEncrypt))
        XCTAssertEqual(silent.commands.count, asked, "the directory was asked")
        _ = try await find("boma.net", .automatic, .leStaging, isStored: true)
        XCTAssertEqual(silent.commands.count, asked + 1)
    }

    func testTheRootsAreThoseOfTheDirectory() async throws {
        let folder = try temporaryFolder()
        let fetching = ScriptedRunner { _ in (0, "-----BEGIN CERTIFICATE-----\n") }
        let staging = try await AcmeDirectory.letsEncryptStaging.roots(nil, in: folder, runner: fetching)
        let fetched = try String(contentsOf: staging, encoding: .utf8)
        XCTAssertEqual(fetched.components(separatedBy: "BEGIN CERTIFICATE").count - 1, 4)
        XCTAssertTrue(fetching.commands.allSatisfy { $0.arguments.last?.hasPrefix("https://letsencrypt.org/") == true })

        // Everybody's, and nothing is fetched.
        let none = ScriptedRunner { _ in (1, "") }
        let production = try await AcmeDirectory.letsEncrypt.roots(nil, in: folder, runner: none)
        XCTAssertTrue(production.path.hasPrefix("/etc/ssl/certs/"), production.path)
        XCTAssertEqual(none.commands.count, 0)
        await assertThrows({ try await AcmeDirectory.letsEncryptStaging.roots(nil, in: folder, runner: none) }) {
            XCTAssertTrue($0.contains("BOMA_IT_ACME_ROOT"), $0)
        }

        let own = folder.appending(path: "own.pem")
        try "-----BEGIN CERTIFICATE-----\n".write(to: own, atomically: true, encoding: .utf8)
        let chosen = try await AcmeDirectory(address: "https://ca.lab/dir").roots(own, in: folder, runner: none)
        XCTAssertEqual(chosen, own)
        try "a key".write(to: own, atomically: true, encoding: .utf8)
        await assertThrows({ try await AcmeDirectory.letsEncrypt.roots(own, in: folder, runner: none) }) {
            XCTAssertTrue($0.contains("BOMA_IT_ACME_ROOT") && $0.contains(own.path), $0)
        }
    }

    /// A directory outside is told to the playbook, and nothing else: the DNS is the repository's.
    func testAnAuthorityOutsideChangesTheDirectoryOnly() throws {
        let certificates = Profile.Certificates(
            scenario: "s", zone: "boma.net", names: ["boma.net"], site: "boma.net", chain: "/c", privateKey: "/k",
            issued: [:], standIn: ["settle": .number(0)], supplied: [:],
            variables: .init(
                directory: "acme", dnsAPI: "api", authority: "trusted", chain: "chain", privateKey: "key"))
        let told = try CertificateAuthority.outside(.letsEncryptStaging).variables(certificates)
        XCTAssertEqual(told, ["acme": .string(AcmeDirectory.letsEncryptStaging.address)])
    }
}
