import Foundation

extension Profile {
    /// Checks what the kinds of the values don't say.
    ///
    /// - Throws: ``HarnessTrouble`` naming the file, the key, its value and what would be accepted.
    func validate(file: URL) throws {
        let require = ProfileRule(file: file)
        try validateSubject(require)
        try validateMachine(require)
        try validatePublished(require)
        try validateStandIns(require)
        try validateEgress(require)
        try validatePorts(require)
        try validateServices(require)
        try validateAllowances(require)
        try validateChecks(require)
        try validateLayer(require)
        try validateEndpoints(require)
        try validateVaulted(require)
        try validateCertificates(require)
        try validateScenarios(require)
    }

    private func validateSubject(_ require: ProfileRule) throws {
        try require(HostName(subject).isUsable, "subject", subject, HostName.remedy)
        try require(Self.isPlainPath(playbook), "playbook", playbook, "use a path in the repository, such as site.yml")
        for (index, file) in (verify ?? []).enumerated() {
            try require(
                Self.isPlainPath(file), "verify[\(index)]", file, "use a path in the repository, such as verify.yml")
            try require(
                verify?.firstIndex(of: file) == index && file != playbook, "verify[\(index)]", file,
                "name each once, and not the playbook itself")
        }
    }

    private func validateMachine(_ require: ProfileRule) throws {
        try require((1...64).contains(size.vcpus), "machine.vcpus", size.vcpus, "use 1 to 64")
        try require(
            (512...1_048_576).contains(size.memoryMiB), "machine.memory_mib", size.memoryMiB, "use 512 to 1048576")
        try require((4...2048).contains(size.diskGiB), "machine.disk_gib", size.diskGiB, "use 4 to 2048")
        try require(
            size.user.wholeMatch(of: /[a-z_][a-z0-9_-]{0,31}/) != nil && size.user != "root", "machine.user", size.user,
            "use a plain login name other than root")
    }

    private func validatePublished(_ require: ProfileRule) throws {
        for (index, service) in published.enumerated() {
            let key = "published[\(index)]"
            try require(
                Self.isContainer(service.container), "\(key).container", service.container, "use the container's name")
            try require(Self.isPort(service.port), "\(key).port", service.port, "use 1 to 65535")
            try require(
                !published[..<index].contains { $0.port == service.port }, "\(key).port", service.port,
                "name each port once")
            try require(
                service.path.wholeMatch(of: /\/[!-~]*/) != nil, "\(key).path", service.path,
                "start it with /, and use no blanks")
            // Every answer contains the empty text: such a check could not fail.
            try require(service.body != "", "\(key).body", "", "name text of the answer, or leave out the key")
        }
    }

    private func validateStandIns(_ require: ProfileRule) throws {
        for (index, standIn) in (standIns ?? []).enumerated() {
            // With a misspelt scenario the stand-in would never be used, and nobody would be told.
            for name in standIn.scenarios {
                try require(
                    scenarios?[name] != nil, "stand_ins[\(index)].scenarios", name, "name scenarios of this profile")
            }
            for name in standIn.onlyWith ?? [] {
                try require(
                    standIns?.contains { $0.of == name } == true, "stand_ins[\(index)].only_with", name,
                    "name the 'of' of another stand-in")
            }
        }
    }

    private func validateEgress(_ require: ProfileRule) throws {
        for (index, container) in egress.containers.enumerated() {
            try require(
                Self.isContainer(container), "egress.containers[\(index)]", container, "use the container's name")
        }
        guard let url = egress.url else { return }
        try require(url.wholeMatch(of: /https?:\/\/[!-~]+/) != nil, "egress.url", url, "use an http or https address")
    }

    private func validatePorts(_ require: ProfileRule) throws {
        let answering = (ports ?? []) + published.map(\.port)
        for (name, list) in [("ports", ports ?? []), ("closed", closed ?? [])] {
            for (index, port) in list.enumerated() {
                try require(Self.isPort(port), "\(name)[\(index)]", port, "use 1 to 65535")
            }
        }
        for (index, port) in (closed ?? []).enumerated() {
            try require(
                !answering.contains(port), "closed[\(index)]", port,
                "it is also in ports or published: remove it from one of them")
        }
    }

    private func validateServices(_ require: ProfileRule) throws {
        for (index, unit) in (units ?? []).enumerated() {
            try require(Self.isUnit(unit), "units[\(index)]", unit, "write it in full, such as nginx.service")
        }
        for (index, container) in (containers ?? []).enumerated() {
            try require(Self.isContainer(container), "containers[\(index)]", container, "use the container's name")
        }
    }

    private func validateLayer(_ require: ProfileRule) throws {
        for (index, tag) in (layer?.tags ?? []).enumerated() {
            try require(
                tag.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.-]*/) != nil, "layer.tags[\(index)]", tag,
                "use a tag's name")
        }
        // With a misspelt scenario a layer with secrets would be kept.
        for (index, name) in (layer?.notFor ?? []).enumerated() {
            try require(scenarios?[name] != nil, "layer.not_for[\(index)]", name, "name a scenario of this profile")
        }
    }

    private func validateEndpoints(_ require: ProfileRule) throws {
        guard let endpoints else { return }
        for (index, name) in endpoints.variables.enumerated() {
            try require(Self.isVariable(name), "endpoints.variables[\(index)]", name, "use a variable's name")
        }
        for (index, name) in endpoints.forbidden.enumerated() {
            try require(
                name.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?/) != nil,
                "endpoints.forbidden[\(index)]", name, "use a host name or an address, not a URL")
        }
        // An empty list would check nothing.
        try require(!endpoints.variables.isEmpty, "endpoints.variables", "[]", "name one, or leave endpoints out")
        try require(!endpoints.forbidden.isEmpty, "endpoints.forbidden", "[]", "name one, or leave endpoints out")
    }

    private func validateVaulted(_ require: ProfileRule) throws {
        for (index, name) in (vaulted ?? []).enumerated() {
            try require(Self.isVariable(name), "vaulted[\(index)]", name, "use a variable's name")
        }
    }

    private func validateCertificates(_ require: ProfileRule) throws {
        guard let certificates else { return }
        let scenario = certificates.scenario
        try require(
            scenarios?[scenario] != nil, "certificates.scenario", scenario, "name a scenario of this profile")
        try require(Self.isDomain(certificates.zone), "certificates.zone", certificates.zone, "use a domain's name")
        try require(!certificates.names.isEmpty, "certificates.names", "[]", "name one")
        for (index, name) in certificates.names.enumerated() {
            try require(
                Self.isDomain(name.hasPrefix("*.") ? String(name.dropFirst(2)) : name)
                    && ".\(name)".hasSuffix(".\(certificates.zone)"),
                "certificates.names[\(index)]", name, "use names in the zone \(certificates.zone)")
        }
        let parent = certificates.site.drop { $0 != "." }
        try require(
            certificates.names.contains(certificates.site) || certificates.names.contains("*\(parent)"),
            "certificates.site", certificates.site, "use a name that certificates.names covers")
        for (key, path) in [("chain", certificates.chain), ("private_key", certificates.privateKey)] {
            try require(
                path.wholeMatch(of: /\/[!-~]+/) != nil, "certificates.\(key)", path, "use a path that starts with /")
        }
        for (key, name) in certificates.variables.all {
            try require(Self.isVariable(name), "certificates.variables.\(key)", name, "use a variable's name")
        }
    }

    private func validateScenarios(_ require: ProfileRule) throws {
        for name in (scenarios ?? [:]).keys.sorted() {
            try require(
                name.wholeMatch(of: /[A-Za-z0-9_-]{1,60}/) != nil, "the name of a scenario", name,
                "use letters, digits, dashes and underscores")
        }
    }

    // MARK: - Names

    private static func isPort(_ number: Int) -> Bool { (1...65535).contains(number) }

    private static func isVariable(_ name: String) -> Bool { name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil }

    private static func isDomain(_ name: String) -> Bool {
        name.wholeMatch(of: /[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+/) != nil
    }

    static func isUnit(_ name: String) -> Bool {
        name.wholeMatch(of: /[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*\.[a-z]+/) != nil
    }

    static func isContainer(_ name: String) -> Bool {
        name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9_.-]{0,127}/) != nil
    }

    private static func isPlainPath(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix("-")
            && !path.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}

/// What must hold for the keys of a profile's file.
struct ProfileRule {
    let file: URL

    /// Returns when a rule holds.
    ///
    /// - Parameters:
    ///   - key: the key in the file, such as `published[0].port`.
    ///   - value: what it is.
    ///   - fix: what would be accepted.
    /// - Throws: ``HarnessTrouble`` with all of it when the rule does not hold.
    func callAsFunction(_ holds: Bool, _ key: String, _ value: some CustomStringConvertible, _ fix: String) throws {
        guard !holds else { return }
        throw HarnessTrouble("profile \(file.path)", why: "\(key) is '\(printable(value.description))'", fix: fix)
    }
}
