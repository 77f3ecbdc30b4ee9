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
