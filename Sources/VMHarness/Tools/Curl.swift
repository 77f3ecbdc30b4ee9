/// `curl`: what is asked of an address.
enum Curl {
    /// A call that says nothing but the answer and its error.
    ///
    /// - Parameters:
    ///   - address: taken as it is: curl would read braces and brackets in it as a list of addresses.
    ///   - options: other options.
    ///   - limit: when curl is ended, if its own limits are not kept.
    static func command(_ address: String, _ options: [String], limit: Duration = .seconds(60)) -> Command {
        Command("curl", ["--globoff", "--silent", "--show-error"] + options + ["--url", address], limit: limit)
    }
}
