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

    /// What a report says about it.
    var line: String { "\(of): a stand-in; not tested: \(untested)" }
}
