/// One of the profile's own checks: what is asked, and how it is called in messages.
struct OwnCheck: Sendable, Equatable {
    /// Whom it is asked.
    enum Question: Sendable, Equatable {
        /// The machine from outside, over HTTP.
        case web(Profile.Checks.Web, isSecure: Bool)
        /// A port of it, from outside.
        case port(Profile.Checks.Port)
        /// A port that must not answer from outside.
        case closed(Int)
        /// A name server in it, from outside.
        case name(Profile.Checks.Name)
        /// `Resources/guest/own_checks.py`.
        case guest(JSONValue)
    }

    /// What it is about, such as `https port 443, /status`.
    let label: String
    /// What has to be seen.
    let expected: String
    /// Seconds within which it has to hold; the usual time when `nil`.
    let within: Int?
    let question: Question

    /// Whether it holds as long as something is not there.
    var isAboutAbsence: Bool {
        switch question {
        case .closed: true
        case .guest(let value): value["kind"] == .string("absent")
        default: false
        }
    }

    /// All of a profile, in the order of its keys.
    ///
    /// - Parameter seconds: how long a command in the machine may take.
    static func all(of checks: Profile.Checks?, seconds: Int) -> [OwnCheck] {
        guard let checks else { return [] }
        func web(_ pages: [Profile.Checks.Web]?, isSecure: Bool) -> [OwnCheck] {
            (pages ?? []).map { page in
                let host = page.host.map { " of \($0)" } ?? ""
                let wanted =
                    [
                        page.status.map { "status \($0)" } ?? "a status below 400", page.text.map { "'\($0)'" },
                        page.header.map { "header '\($0)'" },
                    ].compactMap { $0 }
                return OwnCheck(
                    label: "\(isSecure ? "https" : "http") port \(page.port), \(page.path)\(host)",
                    expected: wanted.joined(separator: ", "), within: page.within,
                    question: .web(page, isSecure: isSecure))
            }
        }
        func guest(
            _ kind: String, _ label: String, _ expected: String, _ within: Int?, _ keys: [String: JSONValue?]
        ) -> OwnCheck {
            let given = keys.compactMapValues { $0 }.merging(["kind": .string(kind), "seconds": .integer(seconds)]) {
                $1
            }
            return OwnCheck(label: label, expected: expected, within: within, question: .guest(.object(given)))
        }
        let ports = (checks.tcp ?? []).map {
            OwnCheck(
                label: "tcp port \($0.port)", expected: $0.text.map { "says '\($0)'" } ?? "answers", within: $0.within,
                question: .port($0))
        }
        let names = (checks.dns ?? []).map {
            OwnCheck(
                label: "dns name \($0.name)", expected: $0.address ?? "an address", within: $0.within,
                question: .name($0))
        }
        let commands = (checks.command ?? []).map {
            guest(
                "command", "command '\($0.run.prefix(80))'",
                "exit status \($0.exit ?? 0)\($0.text.map { ", '\($0)'" } ?? "")", $0.within,
                ["run": .string($0.run), "exit": .integer($0.exit ?? 0), "text": $0.text.map { .string($0) }])
        }
        let files = (checks.file ?? []).map {
            guest(
                "file", "file \($0.path)",
                ["there", $0.mode, $0.owner, $0.group, $0.text.map { "'\($0)'" }].compactMap { $0 }.joined(
                    separator: ", "),
                $0.within,
                [
                    "path": .string($0.path), "mode": $0.mode.map { .string($0) },
                    "owner": $0.owner.map { .string($0) },
                    "group": $0.group.map { .string($0) }, "text": $0.text.map { .string($0) },
                ])
        }
        let processes = (checks.process ?? []).map {
            guest(
                "process", "process \($0.name)", $0.user.map { "runs as \($0)" } ?? "runs", $0.within,
                ["name": .string($0.name), "user": $0.user.map { .string($0) }])
        }
        let containers = (checks.containerHealth ?? []).map {
            guest(
                "container_health", "health of container \($0.container)", "running and healthy", $0.within,
                ["container": .string($0.container)])
        }
        let absences = (checks.absent ?? []).map { absence in
            if absence.kind == "port", let port = Int(absence.name) {
                return OwnCheck(
                    label: "tcp port \(port)", expected: "does not answer", within: absence.within,
                    question: .closed(port))
            }
            return guest(
                "absent", "\(absence.kind) \(absence.name)", "not there", absence.within,
                ["what": .string(absence.kind), "name": .string(absence.name)])
        }
        return web(checks.http, isSecure: false) + web(checks.https, isSecure: true) + ports + names + commands + files
            + processes + containers + absences
    }
}
