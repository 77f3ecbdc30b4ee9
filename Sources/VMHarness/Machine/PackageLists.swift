import Foundation

extension Machine {
    /// What is run in the guest: a living host has package lists, and they are about a day old.
    static let refreshScript = """
        command -v apt-get >/dev/null || exit 0
        lists=/var/lib/apt/lists
        # The lists themselves bear the mirror's times; the folder's changes with each update.
        if [ -n "$(find $lists -maxdepth 0 -mtime -1 2>/dev/null)" ] &&
            [ -n "$(find $lists -maxdepth 1 -name '*_Packages*' -print -quit)" ]; then exit 0; fi
        apt-get -q -o APT::Update::Error-Mode=any update || exit
        echo refreshed
        """

    /// Refreshes apt's package lists when there are none or old ones, as in every new image: a role that installs something
    /// without asking for it (`update_cache`) works on the live host and has to work here.
    ///
    /// A mirror that can't be reached is no error yet: only a play that installs something needs it.
    func refreshPackageLists() async throws {
        let start = Deadline(after: .zero)
        let result = try await ssh.runAsRoot(Self.refreshScript, limit: limit(.packageLists))
        if result.output.lines.last == "refreshed" {
            say("machine: package lists refreshed in \(start.elapsed.forPeople)")
        } else if !result.succeeded {
            let words = result.errorOutput.lines.last ?? result.output.lines.last ?? "no reason given"
            say("machine: package lists could not be refreshed: \(printable(words))")
        }
    }
}
