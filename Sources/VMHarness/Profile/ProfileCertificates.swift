extension Profile {
    /// How the playbook gets a certificate.
    ///
    /// - Throws: ``HarnessTrouble`` when the profile doesn't say.
    public func certificatesOrTrouble() throws -> Certificates {
        guard let certificates else {
            throw HarnessTrouble(
                "profile \(subject)", why: "has no key certificates, which every cert tier but internal needs",
                fix: "add it to profiles/\(subject).yml, or use BOMA_IT_CERTS=internal")
        }
        return certificates
    }

    /// How the playbook gets a certificate, for the cert tiers beside `internal`.
    public struct Certificates: Codable, Sendable, Equatable {
        /// Scenario that serves it.
        public var scenario: String
        /// Zone of the DNS by which its names are proven.
        public var zone: String
        /// Names that it is for.
        public var names: [String]
        /// One of them, or one below their wildcard, that is asked for from outside.
        public var site: String
        /// Where the host keeps it with those between it and the root, PEM.
        public var chain: String
        /// Where the host keeps its private key, PEM.
        public var privateKey: String
        /// Variables with which the playbook gets one by itself.
        public var issued: [String: JSONValue]
        /// Variables beside `issued` where the authority and the DNS are boma-it's own (``AcmeLab``).
        public var standIn: [String: JSONValue]?
        /// Variables with which the playbook serves one that it is given.
        public var supplied: [String: JSONValue]
        /// Names of the variables that boma-it gives values.
        public var variables: Variables

        enum CodingKeys: String, CodingKey {
            case scenario, zone, names, site, chain, issued, supplied, variables
            case privateKey = "private_key"
            case standIn = "stand_in"
        }

        /// Names of variables.
        public struct Variables: Codable, Sendable, Equatable {
            /// Address of the ACME directory.
            public var directory: String
            /// Address of the DNS's API.
            public var dnsAPI: String
            /// Root that both of them are trusted by, PEM.
            public var authority: String
            /// The supplied certificate, PEM.
            public var chain: String
            /// Its private key, PEM.
            public var privateKey: String

            enum CodingKeys: String, CodingKey {
                case directory, authority, chain
                case dnsAPI = "dns_api"
                case privateKey = "private_key"
            }

            /// All of them, by their keys.
            var all: [(key: String, name: String)] {
                [
                    ("directory", directory), ("dns_api", dnsAPI), ("authority", authority), ("chain", chain),
                    ("private_key", privateKey),
                ]
            }
        }
    }
}
