/// What takes the place of something that can't be had offline: an entry of `stand_ins` in a profile.
public struct StandIn: Codable, Sendable, Equatable {
    /// What it stands for; the full name and tag when that is a container image.
    public var of: String
    /// Program and arguments, relative to the folder of stand-ins; run in the guest as root. Words are split at blanks.
    public var command: String
    /// What it does not test, for the report.
    public var untested: String
    /// Scenarios that need it.
    public var scenarios: [String]

    /// Name of the Debian package that is the real thing, when that is no container image: `<package>_*.deb` among what the
    /// operator supplies is installed in its place.
    public var package: String?
    /// What else has to be a stand-in when this is one, and real when this is real, because they speak to each other.
    public var onlyWith: [String]?

    enum CodingKeys: String, CodingKey {
        case of, command, untested, scenarios, package
        case onlyWith = "only_with"
    }

    /// What a report says about it.
    var line: String { "\(of): a stand-in; not tested: \(untested)" }
}
