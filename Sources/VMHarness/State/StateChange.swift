/// One thing that worked before and doesn't now, or that may be why.
public struct StateChange: Sendable, Equatable {
    /// How much it matters to whoever has to repair the host; the first matters most.
    public enum Rank: Int, Sendable, Comparable, CaseIterable {
        /// Something no longer answers.
        case answer
        /// What probably keeps it from answering.
        case cause
        /// Nothing listens where something did.
        case listener
        /// A container doesn't run as it did.
        case container
        /// A unit failed or is no longer up.
        case unit
        /// The firewall's rules.
        case firewall
        /// Interfaces, addresses, routes.
        case network
        /// File systems.
        case mount
        /// Settings of the kernel.
        case sysctl
        /// Name servers.
        case dns
        /// Host name and host keys.
        case identity
        /// Modules that somebody has to load.
        case module
        /// The kernel and its command line.
        case kernel
        /// Packages.
        case package
        /// Files below /etc.
        case file

        /// The earlier one matters more.
        public static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
    }

    /// How much it matters.
    public let rank: Rank
    /// One line for a person, without control characters.
    public let text: String

    /// Guests name the things in `text`, so it is made fit for a terminal here.
    init(_ rank: Rank, _ text: String) {
        self.rank = rank
        self.text = printable(text)
    }
}
