extension Profile {
    /// The user's own acceptance: what must hold before the reboot, and again after it.
    public struct Checks: Codable, Sendable, Equatable {
        /// Pages, asked for from outside.
        public var http: [Web]?
        /// The same over TLS; whose certificate it is, is not asked.
        public var https: [Web]?
        /// Ports that take a connection from outside.
        public var tcp: [Port]?
        /// Names, asked of the machine from outside, over UDP.
        public var dns: [Name]?
        /// Commands, run by bash as root in the machine.
        public var command: [Program]?
        /// Files and folders.
        public var file: [File]?
        /// Programs that run.
        public var process: [Process]?
        /// Docker containers that run, and are healthy where they can tell.
        public var containerHealth: [Container]?
        /// What must not be there.
        public var absent: [Absence]?

        enum CodingKeys: String, CodingKey {
            case http, https, tcp, dns, command, file, process, absent
            case containerHealth = "container_health"
        }

        /// A page.
        public struct Web: Codable, Sendable, Equatable {
            /// TCP port.
            public var port: Int
            /// Path, and query.
            public var path: String
            /// Name of the host that is asked for, also for TLS (SNI); the machine's address when left out.
            public var host: String?
            /// Status of the answer; any below 400 when left out.
            public var status: Int?
            /// Text that the page must contain.
            public var text: String?
            /// Line that the head of the answer must contain, such as `content-type: text/html`; case does not matter.
            public var header: String?
            /// Seconds within which it must hold; a usual time when left out.
            public var within: Int?
        }

        /// A port.
        public struct Port: Codable, Sendable, Equatable {
            /// TCP port.
            public var port: Int
            /// Text that whoever answers says first.
            public var text: String?
            /// Seconds within which it must hold.
            public var within: Int?
        }

        /// A name.
        public struct Name: Codable, Sendable, Equatable {
            /// The name that is asked for.
            public var name: String
            /// IPv4 address that must be among the answers; any when left out.
            public var address: String?
            /// UDP port; 53 when left out.
            public var port: Int?
            /// Seconds within which it must hold.
            public var within: Int?
        }

        /// A command.
        public struct Program: Codable, Sendable, Equatable {
            /// What bash is given.
            public var run: String
            /// Exit status; 0 when left out.
            public var exit: Int?
            /// Text that its output must contain.
            public var text: String?
            /// Seconds within which it must hold.
            public var within: Int?
        }

        /// A file or folder.
        public struct File: Codable, Sendable, Equatable {
            /// Where.
            public var path: String
            /// Mode, such as `0640`.
            public var mode: String?
            /// Owner, by name.
            public var owner: String?
            /// Group, by name.
            public var group: String?
            /// Text that it must contain.
            public var text: String?
            /// Seconds within which it must hold.
            public var within: Int?
        }

        /// A program that runs.
        public struct Process: Codable, Sendable, Equatable {
            /// Its name, as `ps -o comm` shows it.
            public var name: String
            /// Whose it must be.
            public var user: String?
            /// Seconds within which it must hold.
            public var within: Int?
        }

        /// A container.
        public struct Container: Codable, Sendable, Equatable {
            /// Its name.
            public var container: String
            /// Seconds within which it must hold.
            public var within: Int?
        }

        /// What must not be there.
        public struct Absence: Codable, Sendable, Equatable {
            /// What kind of thing: `port`, `path`, `process`, `unit` or `container`.
            public var kind: String
            /// Which one: a TCP port that must not answer from outside, a path, the name of a program, of an active unit, or of
            /// a container.
            public var name: String
            /// Seconds within which it must hold.
            public var within: Int?

            static let kinds = ["port", "path", "process", "unit", "container"]
        }
    }

    /// Checks the values of `checks`.
    func validateChecks(_ require: ProfileRule) throws {
        guard let checks else { return }
        func within(_ key: String, _ seconds: Int?) throws {
            try require((1...3600).contains(seconds ?? 1), "\(key).within", seconds ?? 0, "use 1 to 3600 seconds")
        }
        func text(_ key: String, _ value: String?) throws {
            // Every text contains the empty one: such a check could not fail.
            try require(value != "", key, "", "name a text, or leave out the key")
            let isPlain = value?.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" || $0 == "\t" } ?? true
            try require(
                isPlain && (value?.count ?? 0) <= 1000, key, value ?? "", "use at most 1000 printable characters")
        }
        func path(_ key: String, _ value: String) throws {
            try require(value.wholeMatch(of: /\/[^\p{Cc}]*/) != nil, key, value, "use an absolute path")
        }
        func name(_ key: String, _ value: String?) throws {
            guard let value else { return }
            try require(
                value.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._@:+-]{0,199}/) != nil, key, value, "use a plain name")
        }
        for (kind, pages) in [("http", checks.http), ("https", checks.https)] {
            for (index, page) in (pages ?? []).enumerated() {
                let key = "checks.\(kind)[\(index)]"
                try require((1...65535).contains(page.port), "\(key).port", page.port, "use 1 to 65535")
                try require(
                    page.path.wholeMatch(of: /\/[!-~]*/) != nil, "\(key).path", page.path,
                    "start it with /, and use no blanks")
                try name("\(key).host", page.host)
                try require(
                    (100...599).contains(page.status ?? 200), "\(key).status", page.status ?? 0, "use 100 to 599")
                try text("\(key).text", page.text)
                try text("\(key).header", page.header)
                try within(key, page.within)
            }
        }
        for (index, port) in (checks.tcp ?? []).enumerated() {
            try require((1...65535).contains(port.port), "checks.tcp[\(index)].port", port.port, "use 1 to 65535")
            try text("checks.tcp[\(index)].text", port.text)
            try within("checks.tcp[\(index)]", port.within)
        }
        for (index, question) in (checks.dns ?? []).enumerated() {
            let key = "checks.dns[\(index)]"
            try name("\(key).name", question.name)
            try require(
                question.address?.wholeMatch(of: /[0-9]{1,3}(\.[0-9]{1,3}){3}/) != nil || question.address == nil,
                "\(key).address", question.address ?? "", "use an IPv4 address")
            try require((1...65535).contains(question.port ?? 53), "\(key).port", question.port ?? 0, "use 1 to 65535")
            try within(key, question.within)
        }
        for (index, program) in (checks.command ?? []).enumerated() {
            let key = "checks.command[\(index)]"
            try require(
                program.run.contains { !$0.isWhitespace } && program.run.count <= 4000 && !program.run.contains("\0"),
                "\(key).run", program.run, "name a command of at most 4000 characters")
            try require((0...255).contains(program.exit ?? 0), "\(key).exit", program.exit ?? 0, "use 0 to 255")
            try text("\(key).text", program.text)
            try within(key, program.within)
        }
        for (index, file) in (checks.file ?? []).enumerated() {
            let key = "checks.file[\(index)]"
            try path("\(key).path", file.path)
            try require(
                file.mode.map { $0.wholeMatch(of: /[0-7]{4}/) != nil } ?? true, "\(key).mode", file.mode ?? "",
                #"use four octal digits in quotes, such as "0640""#)
            try name("\(key).owner", file.owner)
            try name("\(key).group", file.group)
            try text("\(key).text", file.text)
            try within(key, file.within)
        }
        for (index, process) in (checks.process ?? []).enumerated() {
            try name("checks.process[\(index)].name", process.name)
            try name("checks.process[\(index)].user", process.user)
            try within("checks.process[\(index)]", process.within)
        }
        for (index, container) in (checks.containerHealth ?? []).enumerated() {
            try name("checks.container_health[\(index)].container", container.container)
            try within("checks.container_health[\(index)]", container.within)
        }
        for (index, absence) in (checks.absent ?? []).enumerated() {
            let key = "checks.absent[\(index)]"
            try require(
                Checks.Absence.kinds.contains(absence.kind), "\(key).kind", absence.kind,
                "use one of \(Checks.Absence.kinds.joined(separator: ", "))")
            switch absence.kind {
            case "path": try path("\(key).name", absence.name)
            case "port":
                try require((1...65535).contains(Int(absence.name) ?? 0), "\(key).name", absence.name, "use 1 to 65535")
            default: try name("\(key).name", absence.name)
            }
            try within(key, absence.within)
        }
    }
}
