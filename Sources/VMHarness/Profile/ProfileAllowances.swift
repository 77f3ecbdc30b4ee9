extension Profile {
    /// What a second run of the playbook has to be.
    public enum Idempotence: String, Codable, Sendable, Equatable, CaseIterable {
        /// A task that changes something counts against the playbook.
        case required
        /// A task that changes something is reported, and counts against nobody.
        case reported

        /// Decodes one of both words.
        public init(from decoder: any Decoder) throws {
            let word = try decoder.singleValueContainer().decode(String.self)
            guard let known = Self(rawValue: word) else {
                throw DecodingError.dataCorrupted(
                    .init(
                        codingPath: decoder.codingPath,
                        debugDescription: "'\(word)' is neither \(Self.required.rawValue) nor \(Self.reported.rawValue)"
                    ))
            }
            self = known
        }
    }

    /// A unit that may be failed after the reboot.
    public struct AllowedUnit: Codable, Sendable, Equatable {
        /// Its name in full, such as `backup.service`.
        public var unit: String
        /// Why that is no loss, for the report.
        public var because: String
    }

    /// A container that may have ended after the reboot, such as one that runs a migration and exits.
    public struct AllowedContainer: Codable, Sendable, Equatable {
        /// Its name.
        public var container: String
        /// Why that is no loss, for the report.
        public var because: String
    }

    /// A loss that doesn't count.
    public struct Ignored: Codable, Sendable, Equatable {
        /// What kind of thing is lost, as in the report: `file`, `sysctl`, `network`, …
        public var kind: String
        /// Regular expression that occurs in what is lost, or in the line that says so.
        public var pattern: String
        /// Why that is no loss, for the report.
        public var because: String

        /// Kinds that may be named: those of `Complaint`, but for whether a host boots and can be logged in to, which is nobody's
        /// to ignore.
        static let kinds = [
            "answer", "check", "exposed", "cause", "listener", "container", "unit", "firewall", "network", "process",
            "path",
            "mount",
            "sysctl", "dns", "identity", "module", "file",
        ]

        /// What is wrong with the pattern; `nil` when it can be used.
        var problem: String? {
            guard let expression = try? Regex(pattern) else { return "write a regular expression, such as ^/etc/foo/" }
            guard !repeatsARepetition else {
                return "repeat no group that repeats or chooses something itself: trying it could take for ever"
            }
            let samples = ["", "a.service", "/etc/a", "/run/b", "tcp/80", "vm/swappiness", "eth0 192.0.2.1/24"]
            let isEverywhere = samples.dropFirst().allSatisfy { $0.firstMatch(of: expression) != nil }
            return isEverywhere || "".firstMatch(of: expression) != nil
                ? "use a regular expression that does not match everything, such as ^/etc/foo/" : nil
        }

        /// Whether a group is repeated that has a repetition or a choice inside: matching takes exponential time then.
        private var repeatsARepetition: Bool {
            var stack = [false]
            var closed: Bool?
            var isEscaped = false
            var isInClass = false
            for character in pattern {
                defer { if character != ")" || isEscaped || isInClass { closed = nil } }
                if isEscaped {
                    isEscaped = false
                    continue
                }
                switch character {
                case "\\": isEscaped = true
                case "[": isInClass = true
                case "]": isInClass = false
                case _ where isInClass: break
                case "(": stack.append(false)
                case ")":
                    let inner = stack.count > 1 ? stack.removeLast() : false
                    closed = inner
                    if inner { stack[stack.count - 1] = true }
                case "*", "+", "{":
                    if closed == true { return true }
                    stack[stack.count - 1] = true
                case "|": stack[stack.count - 1] = true
                default: break
                }
            }
            return false
        }
    }

    /// Checks what may be lost: by whole names, each with a reason, and nothing that must be there.
    func validateAllowances(_ require: ProfileRule) throws {
        func check(_ key: String, _ index: Int, _ because: String, isNew: Bool, name: String) throws {
            try require(isNew, "\(key)[\(index)]", name, "name each once")
            try require(
                because.contains { !$0.isWhitespace }, "\(key)[\(index)].because", because,
                "say why this is no loss")
        }
        for (index, entry) in (allowedFailedUnits ?? []).enumerated() {
            let key = "allowed_failed_units"
            try require(
                Self.isUnit(entry.unit), "\(key)[\(index)].unit", entry.unit, "write it in full, such as nginx.service")
            try require(
                units?.contains(entry.unit) != true, "\(key)[\(index)].unit", entry.unit,
                "it is also in units, which must be active: remove it from one of them")
            let isNew = allowedFailedUnits?.firstIndex { $0.unit == entry.unit } == index
            try check(key, index, entry.because, isNew: isNew, name: entry.unit)
        }
        for (index, entry) in (ignore ?? []).enumerated() {
            try require(
                Ignored.kinds.contains(entry.kind), "ignore[\(index)].kind", entry.kind,
                "use one of \(Ignored.kinds.joined(separator: ", "))")
            try require(
                entry.problem == nil, "ignore[\(index)].pattern", entry.pattern, entry.problem ?? "")
            let isNew = ignore?.firstIndex { $0.kind == entry.kind && $0.pattern == entry.pattern } == index
            try check("ignore", index, entry.because, isNew: isNew, name: entry.pattern)
        }
        let needed = (containers ?? []) + egress.containers
        for (index, entry) in (allowedExitedContainers ?? []).enumerated() {
            let key = "allowed_exited_containers"
            try require(
                Self.isContainer(entry.container), "\(key)[\(index)].container", entry.container,
                "use the container's name")
            try require(
                !needed.contains(entry.container), "\(key)[\(index)].container", entry.container,
                "it is also in containers or egress.containers, which must run: remove it from one of them")
            let isNew = allowedExitedContainers?.firstIndex { $0.container == entry.container } == index
            try check(key, index, entry.because, isNew: isNew, name: entry.container)
        }
    }
}
